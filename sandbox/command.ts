import { $, type Options, ProcessOutput } from 'zx'
import { AutomationError } from '../lib/base/errors.ts'

/**
 * A tagged template that runs a local command quietly and resolves with its standard output; it fails with the
 * command's last words under the given subject.
 */
export const runProcess =
  (subject: string, options: Partial<Options> = {}) =>
  async (pieces: TemplateStringsArray, ...args: unknown[]): Promise<string> => {
    try {
      // In our process group, so that Ctrl-C ends it as well.
      return (await $({ ...options, quiet: true, detached: false })(pieces, ...args)).stdout
    } catch (error) {
      if (!(error instanceof ProcessOutput)) throw error
      const said = (error.stderr.trim() || error.stdout.trim()).split('\n').slice(-8).join('\n')
      throw new AutomationError({
        code: 'command',
        subject,
        message: said || `the command ended with ${error.exitCode ?? error.signal}`,
        ...(error.exitCode === null ? {} : { status: error.exitCode }),
      })
    }
  }

/** Refuses to go on where one of these commands is not in PATH, naming all that are missing. */
export const requireCommands = async (commands: Record<string, string>): Promise<void> => {
  const missing: string[] = []
  for (const command of Object.keys(commands))
    if (!(await $({ nothrow: true, quiet: true })`command -v ${command}`).ok) missing.push(command)
  if (missing.length === 0) return
  throw new AutomationError({
    code: 'command',
    subject: missing.join(', '),
    message: 'the sandbox needs this in PATH',
    hint: `on Debian: apt-get install ${[...new Set(missing.map((command) => commands[command]!))].join(' ')}`,
  })
}

/** Like Promise.all, but when one fails the others are still waited for, so that nothing goes on behind the error. */
export const allDone = async (work: readonly Promise<unknown>[]): Promise<void> => {
  const failed = (await Promise.allSettled(work)).find(({ status }) => status === 'rejected')
  if (failed !== undefined) throw (failed as PromiseRejectedResult).reason
}
