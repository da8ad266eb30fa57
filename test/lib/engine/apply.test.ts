import * as assert from 'uvu/assert'
import { AutomationError } from '../../../lib/base/errors.ts'
import { Secret } from '../../../lib/base/secret.ts'
import { sh } from '../../../lib/base/shell.ts'
import { CONFIG_MAP } from '../../../lib/kube/object.ts'
import { applied, CLIENT02, inCluster, noteObject, onHost, until } from '../../support/engine.ts'
import { apiError, MemoryCluster } from '../../support/memory-cluster.ts'
import { MemoryHost } from '../../support/memory-host.ts'
import { suite } from '../../support/suite.ts'

const it = suite('apply', { seconds: 30 })

const key = (id: string): string => `client01:${id}`
const inKey = (name: string): string => `cluster:note/a/${name}`

/** Long enough for everything else that can happen at once. */
const aWhile = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
}

it('makes all changes of a machine in one exec, needs first', async () => {
  const host = new MemoryHost('client01')
  const { states } = await applied(
    [onHost('a'), onHost('b', { needs: [key('a')] }, sh`one`, sh`two`), onHost('c')],
    { hosts: { client01: host } },
  )
  assert.equal(host.sent, [['client01:a#0', 'client01:b#0', 'client01:b#1', 'client01:c#0']])
  assert.equal(states, { 'a client01': 'done', 'b client01': 'done', 'c client01': 'done' })
})

it('takes a later exec only for what waits for the cluster, which waits for the machine', async () => {
  const host = new MemoryHost('client01')
  const cluster = new MemoryCluster()
  const order: string[] = []
  await applied(
    [
      onHost('a'),
      inCluster('x', { needs: [key('a')] }),
      onHost('b', { needs: [inKey('x')] }),
      onHost('c'),
      inCluster('y'),
    ],
    {
      hosts: { client01: host },
      cluster,
      onEvent: (event) => event.type === 'change:end' && order.push(event.action.id),
    },
  )
  assert.equal(host.sent, [['client01:a#0', 'client01:c#0'], ['client01:b#0']])
  assert.equal(cluster.told.toSorted(), [
    'apply /api/v1/namespaces/a/configmaps/x',
    'apply /api/v1/namespaces/a/configmaps/y',
  ])
  assert.ok(order.indexOf('a') < order.indexOf('note/a/x') && order.indexOf('note/a/x') < order.indexOf('b'))
})

it('has one exec at a time on a machine, also when a later one could begin', async () => {
  let hasEnded = false
  const host = new MemoryHost('client01', async ({ id }) => {
    if (id !== 'client01:a#0') return undefined
    await until(() => hasEnded)
    await aWhile()
    return undefined
  })
  await applied([onHost('a'), inCluster('x'), onHost('b', { needs: [inKey('x')] })], {
    hosts: { client01: host },
    onEvent: (event) => {
      if (event.type === 'change:end' && event.action.id === 'note/a/x') hasEnded = true
    },
  })
  assert.equal([host.sent, host.most], [[['client01:a#0'], ['client01:b#0']], 1])
})

it('skips what needs a change that failed, at any depth and across targets, and does the rest', async () => {
  const host = new MemoryHost('client01', ({ id }) => (id === 'client01:a#0' ? { code: 7 } : undefined))
  const cluster = new MemoryCluster()
  const { states, outcomes } = await applied(
    [
      onHost('a'),
      onHost('b', { needs: [key('a')] }),
      inCluster('x', { needs: [key('b')] }),
      onHost('c', { needs: [inKey('x')] }),
      onHost('d'),
    ],
    { hosts: { client01: host }, cluster },
  )
  assert.equal(states, {
    'a client01': 'failed',
    'b client01': 'skipped',
    'note/a/x': 'skipped',
    'c client01': 'skipped',
    'd client01': 'done',
  })
  assert.equal(cluster.told, [])
  assert.equal(host.sent, [['client01:a#0', 'client01:d#0']])
  const failed = outcomes.get(key('a'))!
  assert.ok(failed.state === 'failed')
  assert.equal([failed.error.code, failed.error.status], ['command', 7])
})

it('runs no further step of a change after one that failed, and ends it once', async () => {
  const host = new MemoryHost('client01', ({ id }) => (id.endsWith('#0') ? { code: 1 } : undefined))
  const { events } = await applied([onHost('a', {}, sh`one`, sh`two`)], { hosts: { client01: host } })
  assert.equal(host.sent, [['client01:a#0']])
  assert.is(events.filter(({ type }) => type === 'change:end').length, 1)
})

it('holds a change for done only after its last step', async () => {
  const host = new MemoryHost('client01', ({ id }) => (id.endsWith('#1') ? { code: 1 } : undefined))
  const { states } = await applied([onHost('a', {}, sh`one`, sh`two`)], { hosts: { client01: host } })
  assert.equal([host.sent, states], [[['client01:a#0', 'client01:a#1']], { 'a client01': 'failed' }])
})

it('leaves open what a lost machine was at and had before it, and keeps what was done', async () => {
  const host = new MemoryHost('client01', ({ id }) => (id === 'client01:b#0' ? 'lost' : undefined))
  const { states, outcomes } = await applied(
    [onHost('a'), onHost('b'), onHost('c'), inCluster('x', { needs: [key('c')] }), inCluster('y')],
    { hosts: { client01: host } },
  )
  assert.equal(states, {
    'a client01': 'done',
    'b client01': 'unreachable',
    'c client01': 'unreachable',
    'note/a/x': 'skipped',
    'note/a/y': 'done',
  })
  assert.is((outcomes.get(inKey('x')) as { lost?: true }).lost, true)
})

it('begins nothing after a stop, and finishes what is in flight', async () => {
  const stop = new AbortController()
  const host = new MemoryHost('client01', () => {
    stop.abort()
    return undefined
  })
  const cluster = new MemoryCluster()
  const { states, outcomes } = await applied(
    [
      onHost('a'),
      onHost('b'),
      inCluster('x', { needs: [key('a')] }),
      onHost('c', { on: CLIENT02, needs: [key('a')] }),
    ],
    { hosts: { client01: host, client02: new MemoryHost('client02') }, cluster, stop },
  )
  assert.equal(states, {
    'a client01': 'done',
    'b client01': 'done',
    'note/a/x': 'skipped',
    'c client02': 'skipped',
  })
  assert.equal(cluster.told, [])
  assert.not.ok('lost' in outcomes.get(inKey('x'))!)
})

it('works on as many machines at once as it may', async () => {
  const spans = async (forks: number): Promise<string[]> => {
    const told: string[] = []
    await applied([onHost('a'), onHost('a', { on: CLIENT02 })], {
      forks,
      onEvent: (event) =>
        (event.type === 'change:start' || event.type === 'change:end') &&
        told.push(`${event.type.slice(7)} ${event.action.on.name}`),
    })
    return told
  }
  assert.equal(await spans(1), ['start client01', 'end client01', 'start client02', 'end client02'])
  assert.equal((await spans(2)).slice(0, 2), ['start client01', 'start client02'])
})

it('sends no more than 32 requests at once', async () => {
  const cluster = new MemoryCluster()
  const names = Array.from({ length: 50 }, (_, index) => `n${index}`)
  const { states } = await applied(
    names.map((name) => inCluster(name)),
    { cluster },
  )
  assert.is(cluster.most, 32)
  assert.is(Object.values(states).filter((state) => state === 'done').length, 50)
})

it('lets machines that share a place take turns, also after one that failed', async () => {
  const told: string[] = []
  const hosts = {
    client01: new MemoryHost('client01', async () => {
      await aWhile()
      return { code: 1 }
    }),
    client02: new MemoryHost('client02'),
  }
  const { states } = await applied(
    [onHost('a', { on: CLIENT02, follows: { key: key('a'), on: 'client01' } }), onHost('a')],
    {
      hosts,
      onEvent: (event) => event.type === 'change:end' && told.push(event.action.on.name),
    },
  )
  assert.equal(told, ['client01', 'client02'])
  assert.equal(states, { 'a client02': 'done', 'a client01': 'failed' })
})

it('skips what needs something that the plan leaves alone', async () => {
  const error = new AutomationError({ code: 'unreachable', message: 'away' })
  const { states } = await applied([
    onHost('a', { on: CLIENT02, hindrance: { because: 'unreachable', error } }),
    onHost('b', { needs: ['client02:a'] }),
    onHost('c', { needs: ['client02:unchanged'] }),
  ])
  assert.equal(states, { 'b client01': 'skipped', 'c client01': 'done' })
})

it('brings files in execs of their own before the one of the changes', async () => {
  const host = new MemoryHost('client01')
  const file = onHost('a', {}, sh`unpack`)
  const steps = [{ do: 'upload', from: 'https://x/a.tgz', sha256: 'x', to: '/tmp/a' } as const]
  await applied([{ ...file, change: { ...file.change, steps: [...steps, ...file.change.steps] } }], {
    hosts: { client01: host },
    files: new Map([['https://x/a.tgz', '/cache/a']]),
  })
  assert.equal(host.sent, [['/cache/a → /tmp/a'], ['client01:a#0']])
})

it('fails only the change whose file cannot be brought or whose secret cannot be had', async () => {
  class Full extends MemoryHost {
    override async upload(): Promise<void> {
      throw new AutomationError({ code: 'command', message: 'no space' })
    }
  }
  const host = new Full('client01')
  const steps = [{ do: 'upload', from: '/a', sha256: 'x', to: '/tmp/a' } as const]
  const secret = new Secret('of a', async () => {
    throw new AutomationError({ code: 'secret', message: 'not there' })
  })
  const { states } = await applied(
    [
      { ...onHost('a'), change: { op: 'create', diffs: [], steps } },
      onHost('b', {}, sh`set ${secret}`),
      onHost('c'),
    ],
    { hosts: { client01: host } },
  )
  assert.equal(states, { 'a client01': 'failed', 'b client01': 'failed', 'c client01': 'done' })
  assert.equal(host.sent, [['client01:c#0']])
})

it('waits for controllers with one WATCH of a kind, and keeps what the settled object yields', async () => {
  const cluster = new MemoryCluster()
  const applying = applied([inCluster('x', {}, true), inCluster('y', {}, true), inCluster('z')], { cluster })
  while ((await cluster.list(CONFIG_MAP)).items.length < 3);
  await cluster.meddle(CONFIG_MAP, noteObject('x', 'x', { status: {} }))
  await cluster.meddle(CONFIG_MAP, noteObject('y', 'x', { status: {} }))
  const { states, values } = await applying
  assert.equal(states, { 'note/a/x': 'done', 'note/a/y': 'done', 'note/a/z': 'done' })
  assert.equal(
    cluster.told.filter((one) => one.startsWith('watch')),
    ['watch /api/v1/configmaps'],
  )
  const live = (await cluster.read('/api/v1/namespaces/a/configmaps/x'))!
  assert.equal(values.find(inKey('x')), { state: 'known', value: live.metadata.resourceVersion })
})

it('fails with the last state after its patience, and what waits for the value hears of it', async () => {
  const { outcomes, values } = await applied([inCluster('x', {}, true)], { patience: 0.05 })
  const outcome = outcomes.get(inKey('x'))!
  assert.ok(outcome.state === 'failed')
  assert.is(outcome.error.code, 'timeout')
  const found = values.find(inKey('x'))
  assert.ok(found.state === 'later')
  assert.is(await found.value().catch((error) => error), outcome.error)
})

it('tells a refusal from a lost cluster', async () => {
  const cluster = new MemoryCluster()
  cluster.refuses = ({ path }) => {
    if (path.endsWith('/x')) throw apiError(403, path)
    if (path.endsWith('/y')) throw new AutomationError({ code: 'unreachable', message: 'away' })
  }
  const { states } = await applied([inCluster('x'), inCluster('y'), inCluster('z')], { cluster })
  assert.equal(states, { 'note/a/x': 'failed', 'note/a/y': 'unreachable', 'note/a/z': 'done' })
})

it.run()
