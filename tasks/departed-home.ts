// The files of somebody who left: archived for root alone and deleted, or the home left where it is, for root alone.
import * as z from 'zod'
import {
  accountsProbe,
  type Change,
  departedHomeObstacle,
  departedHomesProbes,
  type FieldDiff,
  filesScript,
  handedOver,
  inOrder,
  KEEP,
  killScript,
  LOGIN_NAME,
  PLAIN_PATH,
  quote,
  readAccounts,
  readDepartedHomes,
  readScattered,
  refuse,
  resourceType,
  type Scattered,
  scatteredProbe,
  sh,
} from '../lib/task.ts'

const schema = z.strictObject({
  name: z.string().regex(LOGIN_NAME),
  uid: z.int().min(1),
  /** Where it is; an account that still exists says so itself, and must agree. */
  home: z.string().regex(PLAIN_PATH),
  /** What becomes of it. */
  fate: z.enum(['archive', 'keep']),
})

type Want = z.output<typeof schema>

export const departedHome = resourceType({
  kind: 'departed-home',
  on: 'host',
  schema,
  id: ({ name }) => name,

  observe: (wants) => ({
    probes: [accountsProbe, scatteredProbe(wants), ...departedHomesProbes(wants)],
    read(answers) {
      const seen = readDepartedHomes(answers)
      const have = {
        ...seen,
        accounts: readAccounts(answers),
        scattered: readScattered(answers, seen.mounts),
      }
      return { find: () => have }
    },
  }),

  plan(want, have) {
    const { accounts, at, scattered, archives, placeOf } = have!
    const { name, uid, home, fate } = want
    const account = accounts.named(name)[0] ?? accounts.fromDirectory.find((one) => one.name === name)
    if (account !== undefined && account.uid === uid && account.home !== home)
      return refuse(
        `their home is ${account.home}, and not ${home}`,
        `say where it is: --home-directory ${quote(account.home)}`,
      )
    const obstacle = departedHomeObstacle(want, have!)
    if (obstacle !== undefined) return { ...obstacle, place: placeOf(home) }
    const info = at(home)
    if (fate === 'keep') return info === undefined ? KEEP : kept(want, info)
    const elsewhere = scattered(want)
    if (info === undefined && elsewhere.theirs.length === 0) return KEEP
    const there = info && home
    return {
      op: 'remove',
      reason: `${name} has left`,
      diffs: filesOf(there, elsewhere, archives(want).next),
      steps: inOrder(killScript(want), filesScript(want, there)),
      ...(there !== undefined && { place: placeOf(there) }),
    }
  },
})

/** What of a list of names a plan shows. */
const SHOWN = 50

const filesOf = (home: string | undefined, elsewhere: Scattered, to: string): FieldDiff[] => {
  const files = [...(home === undefined ? [] : [home]), ...elsewhere.theirs]
  const more = files.length - SHOWN
  return [
    ...files.slice(0, SHOWN).map((from) => ({ field: 'files', from, to })),
    ...(more > 0 ? [{ field: 'files', from: `${more} more`, to }] : []),
    ...[...handedOver(elsewhere)].slice(0, SHOWN).map(([directory, holds]) => ({
      field: 'given to root',
      from: directory,
      to: `stays, as it holds ${holds} of others`,
    })),
  ]
}

/** Nobody else gets in, also when the uid is given to somebody one day. */
const kept = ({ name, home }: Want, info: { uid: number; mode: string }): Change => {
  if (info.uid === 0 && info.mode === '0700') return KEEP
  return {
    op: 'update',
    diffs: [
      ...(info.uid === 0 ? [] : [{ field: 'home owner', from: name, to: 'root' }]),
      ...(info.mode === '0700' ? [] : [{ field: 'home mode', from: info.mode, to: '0700' }]),
    ],
    steps: inOrder(sh`chown -h 0:0 ${home} && chmod 00700 ${home}`),
  }
}
