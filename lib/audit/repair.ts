import { quote } from '../base/shell.ts'

/** A playbook of ours that mends. */
export type PlaybookCommand = `run setup: ${string}` | `make new tokens: ${string}`

/** What mends when it is run as it stands: by the cluster's admin, by root on the machine (`there`), or a playbook. */
export type Command = `kubectl ${string}` | `there: ${string}` | PlaybookCommand

/** What takes a person to find out, to decide or to edit: words, to be read and not run. */
export interface Advice {
  advice: string
}

/** What an admin does about a finding. */
export type Repair = Command | Advice

/** What mends a thing of ours. */
export const RUN_SETUP = 'run setup: npx tsx playbooks/setup.ts <inventory>'
/** For tokens that look well and are refused all the same. */
export const MAKE_NEW_TOKENS = 'make new tokens: npx tsx playbooks/rotate-credentials.ts <inventory> --now'

/** A repair that is no command. */
export const advise = (words: string): Advice => ({ advice: words })

/** What to do about an obstacle: as its hint says, or else setup mends it. */
export const hinted = (hint: string | undefined): Repair => (hint === undefined ? RUN_SETUP : advise(hint))

/** Whether it takes a person. */
export const isAdvice = (repair: Repair): repair is Advice => typeof repair !== 'string'

/** A repair in one text, by which equal ones are known; nothing for none. */
export const wordsOfRepair = (repair: Repair | undefined): string =>
  repair === undefined ? '' : isAdvice(repair) ? repair.advice : repair

/** What is shown of a repair: words to read, or a command that does what it should when it is run as it stands. */
export type RepairStep = { words: string } | { command: string; on: 'machine' | 'here' }

/** A repair step by step, for an inventory in this file. */
export const stepsOf = (repair: Repair | undefined, file: string): RepairStep[] => {
  if (repair === undefined) return []
  const filled = (words: string): string => words.replaceAll('<inventory>', () => quote(file))
  if (isAdvice(repair)) return [{ words: filled(repair.advice) }]
  return repair.split('\n').map((line): RepairStep => {
    const [, label, rest] = /^(?:and )?(?:(there|run setup|make new tokens): )?(.*)$/s.exec(line)!
    if (label === 'there') return { command: rest!, on: 'machine' }
    if (label === undefined && !rest!.startsWith('kubectl ')) return { words: rest! }
    return { command: filled(rest!), on: 'here' }
  })
}
