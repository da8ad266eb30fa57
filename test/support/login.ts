import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $ } from 'zx'
import { quote } from '../../lib/shell.ts'
import type { SandboxState } from '../../sandbox/state.ts'

export interface Said {
  code: number | null
  stdout: string
  stderr: string
}

/** A way to run commands on client01 as a user of the document who logs in with his password. */
export const login = (user: string, state: SandboxState): ((command: string) => Promise<Said>) => {
  const directory = mkdtempSync(join(tmpdir(), 'arena-login-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const askpass = join(directory, 'askpass')
  writeFileSync(askpass, `#!/bin/sh\nexec cat ${quote(state.passwords[user]!)}\n`, { mode: 0o700 })
  const env = { ...process.env, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' }
  const only = [
    'PubkeyAuthentication=no',
    'PreferredAuthentications=password',
    'NumberOfPasswordPrompts=1',
  ].flatMap((option) => ['-o', option])
  return async (command) => {
    const { exitCode, stdout, stderr } = await $({
      env,
      quiet: true,
      nothrow: true,
    })`ssh -F ${state.sshConfig} ${only} ${user}@client01 ${command}`
    return { code: exitCode, stdout, stderr }
  }
}
