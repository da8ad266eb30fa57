import * as assert from 'uvu/assert'
import { AutomationError } from '../../../lib/base/errors.ts'
import { sh } from '../../../lib/base/shell.ts'
import type { Reach } from '../../../lib/connect/connection.ts'
import { type Ask, askAll, type Heard, reached } from '../../../lib/engine/ask.ts'
import { NAMESPACE, NODE } from '../../../lib/kube/object.ts'
import type { Target } from '../../../lib/resource/type.ts'
import { memoryReach } from '../../support/engine.ts'
import { apiError, MemoryCluster } from '../../support/memory-cluster.ts'
import { MemoryHost } from '../../support/memory-host.ts'
import { suite } from '../../support/suite.ts'

const it = suite('ask')

const host = (name: string): Target => ({ type: 'host', name })
const CLUSTER: Target = { type: 'cluster', name: 'cluster' }

const ASKS: readonly Ask[] = [
  ...['client01', 'client02'].map((name) => ({
    on: host(name),
    questions: [{ probes: [{ id: 'a', script: sh`a` }] }, { probes: [{ id: 'b', script: sh`b` }] }],
  })),
  { on: CLUSTER, questions: [{ kinds: [NAMESPACE] }, { kinds: [NAMESPACE, NODE] }] },
]

const asked = (reach: Reach, forks = 20): Promise<Map<string, Heard>> =>
  askAll(ASKS, { reach, forks, signal: new AbortController().signal })

const codeOf = (read: () => unknown): string => {
  try {
    return String(read())
  } catch (error) {
    return (error as AutomationError).code
  }
}

const answering = (name: string): MemoryHost =>
  new MemoryHost(name, ({ id }) => (/^[ab]$/.test(id) ? { stdout: `${id}!` } : {}))

it('asks each machine in one exec and the cluster in one LIST per kind, however many questions there are', async () => {
  const hosts = { client01: answering('client01'), client02: answering('client02') }
  const cluster = new MemoryCluster()
  const heard = await asked(memoryReach(hosts, cluster))
  assert.equal([...heard.keys()], ['client01', 'client02', 'cluster'])
  assert.is(heard.get('client02')!.answers.text('b'), 'b!')
  assert.equal([hosts.client01.execs, hosts.client02.execs], [1, 1])
  assert.equal(cluster.told, ['list /api/v1/namespaces', 'list /api/v1/nodes'])
  assert.equal([...heard.get('cluster')!.versions.keys()], [NAMESPACE, NODE])
})

it('an unreachable machine hides nothing of the others, and each of its parts throws why', async () => {
  const hosts = { client01: new MemoryHost('client01', () => 'lost'), client02: answering('client02') }
  const heard = await asked(memoryReach(hosts, new MemoryCluster()))
  const { answers, failure } = heard.get('client01')!
  assert.is(failure?.lost, true)
  assert.is(
    codeOf(() => answers.text('a')),
    'unreachable',
  )
  assert.is(reached(heard.get('client01')!), undefined)
  assert.is(reached(heard.get('client02')!)?.text('a'), 'a!')
})

it('a machine that fails otherwise is not taken for an unreachable one', async () => {
  const broken = new MemoryHost('client01', () => {
    throw new AutomationError({ code: 'observe', message: 'no' })
  })
  const heard = await asked(
    memoryReach({ client01: broken, client02: answering('client02') }, new MemoryCluster()),
  )
  assert.is(
    codeOf(() => reached(heard.get('client01')!)),
    'observe',
  )
})

it('a part that cannot be read hides nothing of the rest', async () => {
  const cluster = new MemoryCluster()
  cluster.refuses = ({ path }) => {
    if (path.endsWith('/nodes')) throw apiError(403, path)
  }
  const half = new MemoryHost('client01', ({ id }) =>
    id === 'a' ? { code: 1 } : id === 'b' ? { stdout: 'well' } : {},
  )
  const heard = await asked(memoryReach({ client01: half, client02: answering('client02') }, cluster))
  const { answers, failure, versions } = heard.get('cluster')!
  assert.equal([failure, answers.items(NAMESPACE), codeOf(() => answers.items(NODE))], [undefined, [], 'api'])
  assert.equal([...versions.keys()], [NAMESPACE])
  const machine = heard.get('client01')!.answers
  assert.equal([codeOf(() => machine.text('a')), machine.text('b')], ['observe', 'well'])
})

it('asks no more machines at once than it may', async () => {
  const hosts = { client01: answering('client01'), client02: answering('client02') }
  let open = 0
  let most = 0
  const reach = memoryReach(hosts, new MemoryCluster())
  const counting: Reach = {
    ...reach,
    host: async (name) => {
      most = Math.max(most, ++open)
      const connection = await reach.host(name)
      await new Promise((resolve) => setImmediate(resolve))
      open--
      return connection
    },
  }
  await asked(counting, 1)
  assert.is(most, 1)
  await asked(counting)
  assert.is(most, 2)
})

it('one script that two probes share is run once, and each of them is answered by its part', async () => {
  const script = sh`ab`
  const probes = [
    { id: 'first', script, part: 'before NUL' as const },
    { id: 'whole', script },
    { id: 'rest', script, part: 'after NUL' as const },
    { id: 'other', script: sh`other` },
  ]
  const partsOf = async (stdout: string, code = 0): Promise<string[]> => {
    const ran: string[] = []
    const client01 = new MemoryHost('client01', ({ script: run }) => {
      ran.push(String(run))
      return String(run) === 'ab' ? { stdout, code } : { stdout: '' }
    })
    const heard = await askAll([{ on: host('client01'), questions: [{ probes }] }], {
      reach: memoryReach({ client01 }, new MemoryCluster()),
      forks: 1,
      signal: new AbortController().signal,
    })
    assert.equal(
      ran.filter((one) => one === 'ab' || one === 'other'),
      ['ab', 'other'],
    )
    const { answers } = heard.get('client01')!
    return probes.map(({ id }) => codeOf(() => answers.text(id)))
  }
  assert.equal(await partsOf('a\0b\0c'), ['a', 'a\0b\0c', 'b\0c', ''])
  assert.equal(await partsOf('a'), ['a', 'a', '', ''])
  assert.equal(await partsOf(''), ['', '', '', ''])
  assert.equal(await partsOf('a\0b', 1), ['observe', 'observe', 'observe', ''])
})

it('one script is run once about all that its probes are about, each thing once', async () => {
  const script = sh`look`
  const probes = [
    { id: 'one', script, about: ['/home/ann', "/home/it's"] },
    { id: 'two', script, about: ['/home/ben', '/home/ann'] },
    { id: 'none', script: sh`other`, about: [] },
  ]
  const ran: string[] = []
  const client01 = new MemoryHost('client01', ({ script: run }) => {
    ran.push(String(run))
    return { stdout: String(run).endsWith('look') ? 'seen' : '' }
  })
  const heard = await askAll([{ on: host('client01'), questions: [{ probes }] }], {
    reach: memoryReach({ client01 }, new MemoryCluster()),
    forks: 1,
    signal: new AbortController().signal,
  })
  assert.equal(
    ran.filter((one) => one.startsWith('about=')),
    ["about='/home/ann\n/home/it'\\''s\n/home/ben'\nlook", "about=''\nother"],
  )
  const { answers } = heard.get('client01')!
  assert.is(answers.text('one'), 'seen')
  assert.is(answers.bytes('two'), answers.bytes('one'), 'what is read of it is read once')
})

it('two questions that ask different things under one id are a bug, not one answer to both', async () => {
  const ask = (second: string) =>
    askAll(
      [
        {
          on: host('client01'),
          questions: [
            { probes: [{ id: 'a', script: sh`a` }] },
            { probes: [{ id: 'a', script: sh`${second}` }] },
          ],
        },
      ],
      {
        reach: memoryReach({ client01: answering('client01') }, new MemoryCluster()),
        forks: 1,
        signal: new AbortController().signal,
      },
    )
  assert.is((await ask('b')).get('client01')!.failure?.code, 'bug')
  const twice = { probes: [{ id: 'a', script: sh`a` }] }
  const heard = await askAll([{ on: host('client01'), questions: [twice, { probes: [...twice.probes] }] }], {
    reach: memoryReach({ client01: answering('client01') }, new MemoryCluster()),
    forks: 1,
    signal: new AbortController().signal,
  })
  assert.is(heard.get('client01')!.answers.text('a'), 'a!')
})

it.run()
