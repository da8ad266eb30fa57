// Arena on a machine, from an archive in the layout of its own installer: arena, kubectl, helm and the charts.
import * as z from 'zod'
import {
  ARENA_LISTED,
  type Release,
  readRelease,
  refuse,
  releaseChange,
  releaseProbe,
  render,
  resourceType,
  sh,
} from '../lib/task.ts'

const installer = z.strictObject({
  /** A local file. */
  archive: z.string().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
type Installer = z.output<typeof installer>

const schema = z.union([
  installer,
  /** By processor. */
  z.strictObject({
    archives: z.strictObject({ amd64: installer.exactOptional(), arm64: installer.exactOptional() }),
  }),
])
type Want = z.output<typeof schema>

/** What Arena's archives call a machine. */
const MACHINES: Record<string, string> = { x86_64: 'amd64', aarch64: 'arm64' }

const ROOT = '/opt/arena'

const installers = (want: Want): Installer[] => ('archives' in want ? Object.values(want.archives) : [want])

const releaseOf = (one: Installer): Release => ({
  root: ROOT,
  ...one,
  contents: ['bin/arena', 'bin/kubectl', 'bin/helm', 'charts'],
  links: {
    '/usr/local/bin/arena-helm': 'bin/helm',
    '/charts': 'charts',
  },
  fronts: Object.fromEntries(
    ['arena', 'arena-kubectl'].map((name) => [
      `/usr/local/bin/${name}`,
      render(name, { bin: `${ROOT}/current/bin`, listed: ARENA_LISTED }),
    ]),
  ),
})

export const arenaClient = resourceType({
  kind: 'arena-client',
  on: 'host',
  schema,
  id: () => 'arena',

  observe: (wants) => ({
    probes: [
      { id: 'processor', script: sh`uname -m` },
      ...wants.flatMap(installers).map((one) => releaseProbe(releaseOf(one))),
    ],
    programs: ['uname', 'gzip'],
    read: (answers) => {
      const seen = new Map(
        wants.flatMap(installers).map((one) => [one.sha256, readRelease(answers, releaseOf(one))] as const),
      )
      // As `uname -m` prints it.
      const machine = answers.text('processor').trim()
      return { find: () => ({ seen, machine }) }
    },
  }),

  plan(want, have) {
    const { seen, machine } = have!
    const needed = MACHINES[machine]
    const chosen = 'archives' in want ? want.archives[needed as 'amd64'] : want
    if (chosen === undefined)
      return refuse(
        `there is no archive for ${needed ?? machine}`,
        `add the one for ${needed ?? machine} to arena.archives`,
      )
    const built = /linux-(amd64|arm64)/.exec(chosen.archive)?.[1]
    if (built !== undefined && needed !== undefined && built !== needed)
      return refuse(
        `the archive is for ${built} and this machine is ${needed}`,
        `name the archive for ${needed}; where machines differ: arena: { archives: { amd64: …, arm64: … } }`,
      )
    return releaseChange(releaseOf(chosen), seen.get(chosen.sha256)!)
  },
})
