import { execFile } from 'node:child_process'
import { open } from 'node:fs/promises'
import pLimit from 'p-limit'
import { localPath } from '../base/absolute-path.ts'
import { AutomationError } from '../base/errors.ts'
import { redact, Secret } from '../base/secret.ts'

/** Where a secret is kept, as inventories write it in TypeScript, YAML and JSON alike. */
export type SecretSource = { env: string } | { file: string } | { command: string }

/** Says where a secret is kept, without reading it. */
export const secret = {
  /** An environment variable of the run. */
  env: (name: string): SecretSource => ({ env: name }),
  /** A file that only its owner can read; one line break at its end is not part of the secret. */
  file: (path: string): SecretSource => ({ file: path }),
  /** What a command for `sh -c` prints; one line break at its end is not part of the secret. */
  command: (line: string): SecretSource => ({ command: line }),
}

/**
 * The source that a word of the command line means: `env:NAME`, `file:path` or `command:line`; undefined for any
 * other.
 */
export const sourceFrom = (word: string): SecretSource | undefined => {
  const [, kind, place] = /^(env|file|command):(.+)$/s.exec(word) ?? []
  return kind === undefined ? undefined : ({ [kind]: place } as SecretSource)
}

/**
 * The secret of that name, read from its source when first revealed; paths and commands start from the directory.
 * Revealing fails with `secret` when the source is missing, empty, readable by others, not UTF-8 or more than one line.
 */
export const secretFrom = (name: string, source: SecretSource, directory: string): Secret =>
  new Secret(name, async () => {
    const value = await fetchSecret(name, source, directory)
    if (value === '') throw unusable(name, 'is empty', source)
    // Node reads each byte that is no UTF-8 as this character; nobody could type a password with it.
    if (value.includes('\ufffd')) throw unusable(name, 'is not UTF-8', source)
    if (value.startsWith('\ufeff')) throw unusable(name, 'begins with a byte order mark', source)
    if (/[\n\r\0]/.test(value)) throw unusable(name, 'has more than one line', source)
    return value
  })

const fetchSecret = (name: string, source: SecretSource, directory: string): Promise<string> | string => {
  if ('env' in source) return fromEnvironment(name, source.env)
  if ('file' in source) return fromFile(name, localPath(source.file, directory))
  return atOnce(() => fromCommand(name, source.command, directory))
}

/** Password managers are slow and some refuse to be asked often at once. */
const atOnce = pLimit(8)

const fromEnvironment = (name: string, variable: string): string => {
  const value = process.env[variable]
  if (value !== undefined) return value
  throw problem(name, `the environment variable ${variable} is not set`, `export ${variable}, then run again`)
}

const fromFile = async (name: string, path: string): Promise<string> => {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw problem(
      name,
      `${path} cannot be read: ${error.code}`,
      `put the secret there, then chmod 600 ${path}`,
    )
  })
  try {
    const info = await file.stat()
    if (info.isDirectory())
      throw problem(name, `${path} is a directory`, 'name the file that holds the secret')
    if ((info.mode & 0o077) !== 0) {
      const mode = (info.mode & 0o777).toString(8).padStart(4, '0')
      throw problem(name, `${path} has mode ${mode}: others can read it`, `chmod 600 ${path}`)
    }
    return withoutLineBreak(await file.readFile('utf8'))
  } finally {
    await file.close()
  }
}

const fromCommand = (name: string, line: string, directory: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = execFile('sh', ['-c', line], { cwd: directory }, (error, stdout, stderr) => {
      if (error === null) return resolve(withoutLineBreak(stdout))
      const how = error.signal ? `was ended by ${error.signal}` : `failed with ${error.code}`
      const said = redact(stderr)
        .replace(/\p{Cc}+/gu, ' ')
        .trim()
        .slice(-200)
      reject(problem(name, `the command ${how}${said && `: ${said}`}`, `try it by hand: ${line}`))
    })
    child.stdin?.end()
  })

const withoutLineBreak = (text: string): string => text.replace(/\r?\n$/, '')

const unusable = (name: string, what: string, source: SecretSource): AutomationError =>
  'env' in source
    ? problem(name, `the environment variable ${source.env} ${what}`, 'give it one line, then run again')
    : 'file' in source
      ? problem(name, `${source.file} ${what}`, 'the file holds the secret alone, on one line')
      : problem(name, `what the command printed ${what}`, `it prints the secret alone: ${source.command}`)

const problem = (name: string, message: string, hint: string): AutomationError =>
  new AutomationError({ code: 'secret', subject: name, message, hint })
