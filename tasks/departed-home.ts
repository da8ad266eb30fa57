// The files of somebody who left: archived for root alone and deleted, or his home left where it is, for root alone.
import { z } from 'zod'
import {
  ACCOUNT_NAME,
  type Accounts,
  accountsProbe,
  archiveOf,
  archiveScript,
  type Change,
  deleteScript,
  homeObstacle,
  homesProbe,
  inOrder,
  KEEP,
  type Paths,
  PLAIN_PATH,
  readAccounts,
  readPaths,
  readScattered,
  refuse,
  resourceType,
  scatteredProbe,
} from '../lib/resource.ts'
import { sh } from '../lib/shell.ts'

const schema = z.strictObject({
  name: z.string().regex(ACCOUNT_NAME),
  uid: z.int().min(1),
  /** Where it is; an account that still exists says so itself, and must agree. */
  home: z.string().regex(PLAIN_PATH),
  /** What becomes of it. */
  fate: z.enum(['archive', 'keep']),
})

type Want = z.output<typeof schema>

interface Have {
  accounts: Accounts
  at: Paths
  scattered(want: Want): readonly string[]
}

export const departedHome = resourceType<typeof schema, Have>({
  kind: 'departed-home',
  on: 'host',
  schema,
  id: ({ name }) => name,

  observe: (wants) => ({
    probes: [accountsProbe, scatteredProbe(wants), homesProbe(wants.map(({ home }) => home))],
    read(answers) {
      const have = {
        accounts: readAccounts(answers),
        at: readPaths(answers, 'homes'),
        scattered: readScattered(answers),
      }
      return { find: () => have }
    },
  }),

  plan(want, have) {
    const { accounts, at } = have!
    const { name, uid, home, fate } = want
    const [account] = accounts.named(name)
    if (account !== undefined && account.uid === uid && account.home !== home)
      return refuse(
        `his home is ${account.home}, and not ${home}`,
        `say where it is: --home-directory ${account.home}`,
      )
    const info = at(home)
    const obstacle = info && homeObstacle(want, at, true)
    if (obstacle !== undefined) return obstacle
    if (fate === 'keep') return info === undefined ? KEEP : kept(want, info)
    const scattered = have!.scattered(want)
    if (info === undefined && scattered.length === 0) return KEEP
    const there = info && home
    return {
      op: 'remove',
      reason: `${name} has left`,
      diffs: [...(there === undefined ? [] : [there]), ...scattered].map((from) => ({
        field: 'files',
        from,
        to: archiveOf(want),
      })),
      steps: inOrder(archiveScript(want, there), deleteScript(want, there)),
    }
  },
})

/** Nobody else gets in, also when his uid is given to somebody one day. */
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
