import { AutomationError } from '../base/errors.ts'
import { readMachine } from '../linux/machine.ts'
import type { Sight } from './observe.ts'

/** Refuses two hosts that turn out to be one machine: what both change at once would be disturbed. */
export const refuseSameMachine = (sights: readonly Sight[]): void => {
  const known = new Map<string, string>()
  for (const { on, answers } of sights) {
    if (on.type !== 'host' || answers === undefined) continue
    const { boot, accounts } = readMachine(answers)
    if (boot === '' || accounts === '') continue
    const other = known.get(`${boot} ${accounts}`)
    if (other !== undefined)
      throw new AutomationError({
        code: 'inventory',
        subject: `hosts: ${on.name}`,
        message: `is the same machine as ${other}`,
        hint: 'nothing was changed: take one of the two out of `hosts`',
      })
    known.set(`${boot} ${accounts}`, on.name)
  }
}
