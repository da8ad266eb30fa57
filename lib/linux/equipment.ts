import { AutomationError } from '../base/errors.ts'
import { sh } from '../base/shell.ts'
import type { Answers, Probe } from '../resource/type.ts'

/** Programs without which a machine cannot be looked at. */
const READING = [
  ...['awk', 'base64', 'cat', 'cut', 'date', 'find', 'grep', 'head', 'id', 'readlink', 'sed'],
  ...['sha256sum', 'sort', 'stat', 'tar', 'tr', 'uniq', 'wc', 'xargs'],
]

const PROBE = 'programs that are missing'

/**
 * Looks which of the programs that are needed a machine does not have; the shell's own count, and are asked about in a
 * process each, so what lies in PATH is found first.
 */
export const equipmentProbe = (needs: readonly string[]): Probe => ({
  id: PROBE,
  script: sh`IFS=:
for program in ${[...new Set([...READING, ...needs])]}; do
  for directory in $PATH; do [ ! -f "$directory/$program" ] || [ ! -x "$directory/$program" ] || continue 2; done
  path=$(command -v "$program") && { [ "\${path#/}" = "$path" ] || [ -x "$path" ]; } || echo "$program"
done`,
})

/** Throws when the answer to `equipmentProbe` names programs. */
export const requireEquipment = (answers: Answers, host: string): void => {
  const missing = answers.text(PROBE).split('\n').filter(Boolean)
  if (missing.length === 0) return
  throw new AutomationError({
    code: 'refused',
    subject: host,
    message: `the machine has no ${missing.join(', ')}`,
    hint: 'install what is missing there, in a directory of the PATH of root, and run again; nothing was changed',
  })
}
