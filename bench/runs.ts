// Playbooks as whole processes, and what they tell of their traffic.
import { join } from 'node:path'
import { remembered } from '../lib/base/once-for.ts'
import type { Traffic } from '../lib/connect/connection.ts'
import { exists } from '../sandbox/files.ts'
import { type Measured, measure, median } from './measure.ts'

const REPEATS = 3

/** A line that a playbook says with `--output json`. */
export interface SaidLine {
  at: number
  type: string
  action?: { id: string }
  recap?: { traffic: Traffic }
  report?: { effort: { traffic: Traffic } }
}

export const eventsOf = ({ stdout }: Measured): SaidLine[] =>
  stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))

/** Execs and requests of a run. */
export const trafficOf = (measured: Measured): Traffic => {
  const last = eventsOf(measured).findLast(({ recap, report }) => recap ?? report)
  return last?.recap?.traffic ?? last?.report?.effort.traffic ?? { execs: 0, requests: 0 }
}

/** Seconds in which the only changes under way were tokens that the cluster's controller had still to fill. */
export const waitedFor = (events: readonly SaidLine[]): number => {
  const open = new Set<string>()
  let waited = 0
  let since: number | undefined
  for (const { at, type, action } of events) {
    if (since !== undefined) waited += at - since
    if (type === 'change:start') open.add(action!.id)
    if (type === 'change:end') open.delete(action!.id)
    const waiting = open.size > 0 && [...open].every((id) => id.startsWith('service-account-token/'))
    since = waiting ? at : undefined
  }
  return waited
}

/** Has Node start a playbook from its bundle; the fast way that README gives. */
export const BUNDLED = ['--import', 'arena-playbooks/bundled']

/** Starts a playbook of a checkout by the fastest way that it has, of which what is made once is there already. */
const starting = remembered(async (checkout: string) => {
  const preload = (await exists(join(checkout, 'lib/cli/bundle'))) ? BUNDLED : []
  const start = (name: string, args: readonly string[]): Promise<Measured> =>
    measure(process.execPath, [...preload, `playbooks/${name}.ts`, ...args], checkout)
  for (const name of ['setup', 'verify']) await start(name, ['--help'])
  return start
})

/** A playbook of a checkout as a process; fails when it ends otherwise than wanted. */
export const play = async (
  checkout: string,
  name: string,
  args: readonly string[],
  wanted: readonly number[] = [0],
): Promise<Measured> => {
  const start = await starting(checkout)
  const measured = await start(name, args)
  if (!wanted.includes(measured.code))
    throw new Error(`${name} ended with ${measured.code}:\n${measured.stdout.slice(-2000)}`)
  return measured
}

export const setup = (checkout: string, inventory: string): Promise<Measured> =>
  play(checkout, 'setup', [inventory, '--output', 'json', '--timeout', '600'])

/** Its gaps and failures end it with 1. */
export const verify = (checkout: string, inventory: string): Promise<Measured> =>
  play(checkout, 'verify', [inventory, '--output', 'json', '--timeout', '600'], [0, 1])

/** The middle measurement of each of some things, which take turns. */
export const byTurns = async <T>(
  things: readonly T[],
  once: (thing: T) => Promise<Measured>,
  turns: number,
): Promise<Measured[]> => {
  const all = things.map((): Measured[] => [])
  for (let turn = 0; turn < turns; turn++)
    for (const [index, thing] of things.entries()) all[index]!.push(await once(thing))
  return all.map(median)
}

/** The middle one of several. */
export const repeated = async (once: () => Promise<Measured>): Promise<Measured> =>
  (await byTurns([undefined], once, REPEATS))[0]!
