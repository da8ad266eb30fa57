import { execFile, spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { debian } from './debian.ts'

/** What our scripts mean to do: an empty assignment (`a= b=`), the counter of a loop, a list of one. */
const MEANT = ['SC1007', 'SC2034', 'SC2043']

/** Tells what ShellCheck finds in texts of shell, as it prints it; nothing when all is well. */
export interface ShellCheck {
  files(paths: readonly string[], ...options: readonly string[]): Promise<string>
  /** A text of POSIX shell that is in no file. */
  text(shell: string): Promise<string>
}

/** ShellCheck in PATH, or Debian's, got by apt. */
export const shellCheck = async (): Promise<ShellCheck> => {
  const { program, env } = await found()
  const told = async (args: readonly string[], input = ''): Promise<string> => {
    const options = ['--format=gcc', '--severity=warning', `--exclude=${MEANT}`]
    const child = spawn(program, [...options, ...args], { env: { ...process.env, ...env } })
    child.stdin.end(input)
    const [out, errors, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise((resolve, reject) => child.on('close', resolve).on('error', reject)),
    ])
    if (code !== 0 && code !== 1) throw new Error(`shellcheck failed: ${errors}`)
    return out
  }
  return {
    files: (paths, ...options) => told(['--shell=sh', ...options, ...paths]),
    text: (shell) => told(['--shell=sh', '-'], shell),
  }
}

const found = async (): Promise<{ program: string; env: Record<string, string> }> => {
  if (await inPath()) return { program: 'shellcheck', env: {} }
  const { root, path } = await debian(['shellcheck']).catch((error: unknown) => {
    throw new Error('there is no shellcheck, and apt does not give it: install it and put it in PATH', {
      cause: error,
    })
  })
  return {
    program: path('shellcheck'),
    env: root === undefined ? {} : { LD_LIBRARY_PATH: await libraries(root) },
  }
}

const inPath = (): Promise<boolean> =>
  promisify(execFile)('shellcheck', ['--version']).then(
    () => true,
    () => false,
  )

const libraries = async (root: string): Promise<string> => {
  const { stdout } = await promisify(execFile)('find', [
    `${root}/usr/lib`,
    '-name',
    '*.so*',
    '-printf',
    '%h\n',
  ])
  return [...new Set(stdout.split('\n').filter(Boolean))].join(':')
}
