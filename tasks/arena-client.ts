// Arena on a machine, from an archive in the layout of its own installer: arena, kubectl, helm and the charts.
import { z } from 'zod'
import {
  ARENA_LISTED,
  type Release,
  type ReleaseSeen,
  readRelease,
  refuse,
  releaseChange,
  releaseProbe,
  render,
  resourceType,
  sh,
} from '../lib/task.ts'

const schema = z.strictObject({
  /** A local file. */
  archive: z.string().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

interface Have {
  release: ReleaseSeen
  /** As `uname -m` prints it. */
  machine: string
}

/** What Arena's archives call a machine. */
const MACHINES: Record<string, string> = { x86_64: 'amd64', aarch64: 'arm64' }

const ROOT = '/opt/arena'

const releaseOf = (want: z.output<typeof schema>): Release => ({
  root: ROOT,
  ...want,
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

export const arenaClient = resourceType<typeof schema, Have>({
  kind: 'arena-client',
  on: 'host',
  schema,
  id: () => 'arena',

  observe: (wants) => ({
    probes: [
      { id: 'processor', script: sh`uname -m` },
      ...wants.map((want) => releaseProbe(releaseOf(want))),
    ],
    programs: ['uname', 'gzip'],
    read: (answers) => ({
      find: (want) => ({
        release: readRelease(answers, releaseOf(want)),
        machine: answers.text('processor').trim(),
      }),
    }),
  }),

  plan(want, have) {
    const { release, machine } = have!
    const built = /linux-(amd64|arm64)/.exec(want.archive)?.[1]
    const needed = MACHINES[machine]
    if (built !== undefined && needed !== undefined && built !== needed)
      return refuse(
        `the archive is for ${built} and this machine is ${needed}`,
        `name the archive for ${needed}; machines that need different archives are in different inventories`,
      )
    return releaseChange(releaseOf(want), release)
  },
})
