import { AutomationError } from '../../lib/base/errors.ts'
import type { Check, Finding, Scene } from '../../lib/check.ts'
import { BUILT_IN_ROLES } from '../../lib/inventory/roles.ts'
import type { Inventory } from '../../lib/inventory/schema.ts'
import { answersWith } from './answers.ts'
import type { Printed } from './cases.ts'
import { factsOf } from './facts.ts'
import { tar } from './printed.ts'

const MEMBER = { role: 'member' }

/** The document's two users in their two groups. */
export const INVENTORY: Inventory = {
  file: '/inventory.ts',
  name: 'prod',
  isolation: 'document',
  tokens: 'secret',
  accounts: 'local',
  authorizedKeys: 'beside',
  cluster: { name: 'cluster', context: 'prod', kubeconfig: '/admin' },
  arena: { archive: '/arena.tar.gz', sha256: '0'.repeat(64) },
  hosts: [{ name: 'client01', address: '10.0.0.97', connection: 'ssh' }],
  groups: ['dev1', 'dev2'].map((name, index) => ({
    name,
    gid: 10_001 + index,
    linuxGroup: 'local',
    quota: { gpu: 1 },
    jobs: 'shared',
    containerDefaults: { cpu: '1', memory: '2Gi', ephemeralStorage: '10Gi' },
  })),
  users: [
    {
      name: 'bob',
      uid: 20_001,
      groups: [{ group: 'dev1', ...MEMBER }],
      shell: '/bin/bash',
      home: '/home/bob',
      accounts: 'local',
    },
    {
      name: 'tom',
      uid: 20_002,
      groups: [{ group: 'dev2', ...MEMBER }],
      shell: '/bin/bash',
      home: '/home/tom',
      accounts: 'local',
    },
  ],
  volumes: [],
  roles: [...BUILT_IN_ROLES],
  retired: [],
  trusted: [],
}

/** What would be seen if every machine had printed that, of no objects; a probe that is left out printed nothing. */
export const sceneOf = (printed: Printed, over: Partial<Scene> = {}): Scene => {
  const { inventory = INVENTORY } = over
  const answers = answersWith((probe) => {
    const text = printed[probe]
    if (text === null)
      throw new AutomationError({ code: 'observe', subject: probe, message: 'could not be read' })
    return text ?? ''
  })
  return {
    inventory,
    users: inventory.users,
    groups: inventory.groups,
    hosts: inventory.hosts.map(({ name }) => name),
    exhaustive: false,
    endpoint: { server: 'https://10.0.0.91:6443', ca: 'the authority' },
    admin: { username: 'root-admin', groups: ['system:authenticated'] },
    version: { major: '1', minor: '37' },
    items: () => [],
    resources: () => [],
    on: () => answers,
    ...over,
  }
}

/** What a script for each user printed: the output of one that ended well, or how another ended. */
export const eachPrinted = (
  of: Readonly<Record<string, string | { code: number; stderr: string }>>,
  once = '',
): Buffer =>
  tar(
    { path: './once', content: once, uid: 0 },
    ...Object.entries(of).flatMap(([name, ended]) => {
      const { code, stderr, stdout } =
        typeof ended === 'string' ? { code: 0, stderr: '', stdout: ended } : { ...ended, stdout: '' }
      return Object.entries({ code: `${code}\n`, out: stdout, err: stderr }).map(([kind, content]) => ({
        path: `./${name}.${kind}`,
        content,
        uid: 0,
      }))
    }),
  )

/** What a check finds without asking anybody, as `factsOf` has it, passes last. */
export const findingsOf = (check: Check, scene: Scene): string[] =>
  ([...check.trials(scene)] as Finding[])
    .toSorted((a, b) => Number(a.verdict === 'pass') - Number(b.verdict === 'pass'))
    .flatMap(factsOf)
