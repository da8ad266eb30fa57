import { sh } from '../base/shell.ts'
import { type Answers, type Change, type Probe, refuse, rowsOf } from '../resource/type.ts'

/** What is the matter with a login shell; `unlisted` in /etc/shells hinders only services that ask. */
export type ShellFault = 'missing' | 'no program' | 'unlisted'

const PROBE = 'login shells'

/** Looks whether programs that are login shells are there and can be run. */
export const shellsProbe = (shells: readonly string[]): Probe => ({
  id: PROBE,
  script: sh`for shell in ${[...new Set(shells)]}; do
  if [ ! -e "$shell" ]; then printf 'missing:%s\\n' "$shell"
  elif [ ! -f "$shell" ] || [ ! -x "$shell" ]; then printf 'no program:%s\\n' "$shell"
  elif [ -f /etc/shells ] && ! grep -qxF -e "$shell" /etc/shells; then printf 'unlisted:%s\\n' "$shell"
  fi
done`,
})

/** The answer to `shellsProbe`. */
export const readShells = (answers: Answers): ((shell: string) => ShellFault | undefined) => {
  const faults = new Map(rowsOf(answers, PROBE, ':').map(([fault, shell]) => [shell, fault as ShellFault]))
  return (shell) => faults.get(shell)
}

/** Refuses a login shell with which nobody could log in. */
export const shellObstacle = (shell: string, fault: ShellFault | undefined): Change | undefined => {
  if (fault === 'missing')
    return refuse(
      `${shell} is not installed there`,
      `install it there, or give another shell in the inventory (shell: '/bin/bash')`,
    )
  if (fault === 'no program')
    return refuse(
      `${shell} is no program there`,
      `look at it: ls -lL ${shell}; or give another shell in the inventory`,
    )
  return undefined
}
