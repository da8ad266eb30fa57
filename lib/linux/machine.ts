import { sh } from '../base/shell.ts'
import type { Answers, Probe } from '../resource/type.ts'

/** What tells a machine from others. A part that the machine did not tell is empty. */
interface MachineIdentity {
  /** One for each start of a kernel: containers of one kernel have the same. */
  boot: string
  /** Which accounts it has: the same for all ways to one machine, another one for each container of a kernel. */
  accounts: string
}

/**
 * Looks which kernel runs, and which directory of its file systems is /etc. Names and machine-ids are cloned with
 * images.
 */
export const machineProbe: Probe = {
  id: 'machine',
  script: sh`boot=
read -r boot < /proc/sys/kernel/random/boot_id
printf '%s\\n' "$boot" && stat -c '%d:%i' /etc`,
}

/** The answer to `machineProbe`. */
export const readMachine = (answers: Answers): MachineIdentity => {
  const [boot = '', accounts = ''] = answers.text(machineProbe.id).split('\n')
  return { boot, accounts }
}
