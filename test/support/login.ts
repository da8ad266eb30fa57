import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $ } from 'zx'
import { quote } from '../../lib/base/shell.ts'
import type { SandboxState } from '../../sandbox/state.ts'

export interface Said {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs a command on client01 as somebody. */
export type AsUser = (command: string) => Promise<Said>

/**
 * A way to run commands on client01 as somebody who logs in with the password in a file; one of the document's by
 * default.
 */
export const login = (user: string, state: SandboxState, passwordFile = state.passwords[user]!): AsUser => {
  const env = askpassEnv(passwordFile)
  return async (command) => {
    const { exitCode, stdout, stderr } = await $({
      env,
      quiet: true,
      nothrow: true,
    })`ssh -F ${state.sshConfig} ${PASSWORD_ONLY} ${user}@client01 ${command}`
    return { code: exitCode, stdout, stderr }
  }
}

/** The two users of `tenants` by that name, of a group each. */
export const loginsOf = (tenants: string, state: SandboxState): Record<'asAnn' | 'asBen', AsUser> => ({
  asAnn: login(`${tenants}-ann`, state, state.passwords['bob']!),
  asBen: login(`${tenants}-ben`, state, state.passwords['tom']!),
})

/**
 * Logs in on a real terminal with the password in a file and answers what is asked there, one answer for each prompt;
 * resolves with everything that the terminal showed when `end` shows, or when it is closed.
 */
export const onTerminal = async (
  user: string,
  state: SandboxState,
  passwordFile: string,
  answers: readonly (readonly [prompt: RegExp, answer: string])[],
  end: RegExp,
): Promise<string> => {
  const args = ['-tt', '-F', state.sshConfig, ...PASSWORD_ONLY, `${user}@client01`]
  const child = spawn('ssh', args, { env: askpassEnv(passwordFile) })
  const waiting = [...answers]
  let shown = ''
  let since = 0
  const onText = (text: string): void => {
    shown += text
    if (end.test(shown)) child.kill()
    const [next] = waiting
    if (next === undefined || !next[0].test(shown.slice(since))) return
    since = shown.length
    waiting.shift()
    child.stdin.write(`${next[1]}\n`)
  }
  child.stdout.setEncoding('utf8').on('data', onText)
  child.stderr.setEncoding('utf8').on('data', onText)
  await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return shown
}

const PASSWORD_ONLY = [
  'PubkeyAuthentication=no',
  'PreferredAuthentications=password',
  'NumberOfPasswordPrompts=1',
].flatMap((option) => ['-o', option])

const askpassEnv = (passwordFile: string): NodeJS.ProcessEnv => {
  const directory = mkdtempSync(join(tmpdir(), 'arena-login-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const askpass = join(directory, 'askpass')
  writeFileSync(askpass, `#!/bin/sh\nexec cat ${quote(passwordFile)}\n`, { mode: 0o700 })
  return { ...process.env, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' }
}
