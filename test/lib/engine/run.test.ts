import * as assert from 'uvu/assert'
import { AutomationError, isAutomationError } from '../../../lib/base/errors.ts'
import { type RunInput, run } from '../../../lib/engine/run.ts'
import { CONFIG_MAP } from '../../../lib/kube/object.ts'
import type { Event } from '../../../lib/reporters/events.ts'
import type { Resource } from '../../../lib/resource/type.ts'
import {
  CLIENT01,
  CLIENT02,
  CLUSTER,
  keepingWords,
  memoryReach,
  note,
  noteObject,
  word,
} from '../../support/engine.ts'
import { apiError, MemoryCluster } from '../../support/memory-cluster.ts'
import { lost, MemoryHost } from '../../support/memory-host.ts'
import { rejects, suite } from '../../support/suite.ts'

const it = suite('run', { seconds: 60 })

const said = (name: string, text: string, on: typeof CLIENT01 | typeof CLIENT02 = CLIENT01): Resource =>
  word(on, { name, text }) as unknown as Resource
const noted = (name: string, text: string, needs: Resource[] = []): Resource =>
  note(CLUSTER, { name, text }, { needs }) as unknown as Resource

class Versioned extends MemoryCluster {
  override async read(path: string) {
    const found = await super.read(path)
    const version = { apiVersion: 'v1', kind: 'Info', metadata: { name: '' }, major: '1', minor: '37' }
    return path === '/version' ? version : found
  }
}

interface Given extends Partial<Omit<RunInput, 'reach' | 'resources'>> {
  hosts?: Record<string, MemoryHost>
  cluster?: MemoryCluster
}

const going = async (resources: readonly Resource[], { hosts = {}, cluster, ...more }: Given = {}) => {
  const events: Event[] = []
  const recap = await run({
    owner: 'prod',
    isolation: 'document',
    mode: 'apply',
    resources,
    warnings: [],
    manages: [],
    listed: { users: new Set(), groups: new Set(), retired: new Set() },
    selection: {},
    prune: false,
    forks: 20,
    patience: 10,
    reach: memoryReach(hosts, cluster),
    stop: new AbortController().signal,
    abort: new AbortController().signal,
    emit: (event) => events.push(event),
    ...more,
  })
  return {
    recap,
    events,
    changed: recap.problems.map(({ action, outcome }) => `${action.id} ${outcome.state}`),
  }
}

const machine = (words: Map<string, string>, name = 'client01') => new MemoryHost(name, keepingWords(words))

it('looks, changes and looks again, in one exec each, and then finds nothing to do', async () => {
  const words = new Map([['a', 'old']])
  const wanted = () => [said('a', 'new'), said('b', 'new')]
  const first = machine(words)
  const { recap } = await going(wanted(), { hosts: { client01: first } })
  assert.equal([recap.exitCode, recap.targets.get('client01')!.changed, first.execs], [0, 2, 3])
  assert.equal(
    [...words],
    [
      ['a', 'new'],
      ['b', 'new'],
    ],
  )
  const second = machine(words)
  const again = await going(wanted(), { hosts: { client01: second } })
  assert.equal([again.recap.exitCode, again.recap.targets.get('client01')!.ok, second.execs], [0, 2, 1])
})

it('sends no write under check, not even a dry run, and takes no lock', async () => {
  const cluster = new Versioned()
  const words = new Map<string, string>()
  const client01 = machine(words)
  const { recap } = await going([said('a', 'x'), noted('n', 'x')], {
    mode: 'check',
    hosts: { client01 },
    cluster,
  })
  assert.is(recap.exitCode, 2)
  assert.equal([words.size, client01.execs], [0, 1])
  assert.equal(
    cluster.seen.map(({ verb }) => verb).filter((verb) => verb !== 'read'),
    ['list'],
  )
})

it('does the rest when a machine is lost, and ends with 3', async () => {
  const words = new Map<string, string>()
  const { recap, changed } = await going([said('a', 'x'), said('b', 'x', CLIENT02)], {
    hosts: { client01: machine(words), client02: new MemoryHost('client02', () => 'lost') },
  })
  assert.is(recap.exitCode, 3)
  assert.equal(changed, ['word/b unreachable'])
  assert.equal([...words], [['a', 'x']])
})

it('changes nothing in a cluster whose lock or version could not be read, and goes on with machines', async () => {
  for (const unread of ['/version', '/apis', 'leases']) {
    const cluster = new Versioned()
    cluster.refuses = ({ verb, path }) => {
      if (verb === 'read' && path.includes(unread)) throw lost('cluster')
    }
    const words = new Map<string, string>()
    const { recap, changed } = await going([said('a', 'x'), noted('n', 'x')], {
      hosts: { client01: machine(words) },
      cluster,
    })
    assert.equal([recap.exitCode, changed], [3, ['note/a/n unreachable']], unread)
    assert.equal(
      cluster.seen.map(({ verb }) => verb).filter((verb) => verb !== 'read'),
      ['list'],
    )
    assert.equal([...words], [['a', 'x']])
  }
})

it('prepares and changes nothing once it was stopped', async () => {
  const words = new Map<string, string>()
  const prepared: unknown[] = []
  const { recap } = await going([said('a', 'x')], {
    hosts: { client01: machine(words) },
    stop: AbortSignal.abort(),
    prepare: async (plan) => void prepared.push(plan),
  })
  assert.equal([recap.exitCode, words.size, prepared], [130, 0, []])
})

it('changes nothing that a plan is not accepted for', async () => {
  const words = new Map<string, string>()
  const error = await rejects(
    going([said('a', 'x')], {
      hosts: { client01: machine(words) },
      accept: () => {
        throw new AutomationError({ code: 'stale-plan', message: 'no longer fits' })
      },
    }),
  )
  assert.ok(isAutomationError(error))
  assert.equal([error.code, words.size], ['stale-plan', 0])
})

it('says that something was changed back', async () => {
  const host = new MemoryHost('client01', (_, text) => (text === 'words' ? { stdout: 'a=old' } : {}))
  const { recap, changed } = await going([said('a', 'new')], { hosts: { client01: host } })
  assert.equal([recap.exitCode, changed], [1, ['word/a failed']])
})

it('plans anew when the lock has moved, five times, and then gives up without a change', async () => {
  const cluster = new Versioned()
  cluster.refuses = ({ verb, path }) => {
    if (verb === 'create' && path.includes('/leases/')) throw apiError(409, path)
  }
  const plans: Event[] = []
  const error = await rejects(
    going([noted('n', 'x')], { cluster, emit: (event) => event.type === 'plan' && plans.push(event) }),
  )
  assert.ok(isAutomationError(error))
  assert.equal([error.code, plans.length], ['locked', 5])
  assert.is(cluster.told.filter((one) => one === 'list /api/v1/configmaps').length, 5)
  assert.not.ok(cluster.told.some((one) => one.startsWith('apply')))
})

it('plans by what is there after the lock has moved', async () => {
  const cluster = new Versioned()
  let moved = false
  cluster.refuses = ({ verb, path }) => {
    if (verb !== 'create' || !path.includes('/leases/') || moved) return
    moved = true
    const labels = { 'arena-playbooks/inventory': 'prod' }
    void cluster.meddle(CONFIG_MAP, noteObject('n', 'x', { metadata: { name: 'n', namespace: 'a', labels } }))
    throw apiError(409, path)
  }
  const { recap } = await going([noted('n', 'x')], { cluster })
  assert.equal([moved, recap.exitCode, recap.targets.get('cluster')!.ok], [true, 0, 1])
  assert.not.ok(cluster.told.some((one) => one.startsWith('apply')))
})

it('changes nothing at all when the dry run of one change fails, and says which', async () => {
  const cluster = new Versioned()
  const words = new Map<string, string>()
  cluster.refuses = ({ dryRun, path }) => {
    if (dryRun && path.endsWith('/bad')) throw apiError(422, path)
  }
  const { changed } = await going([said('a', 'x'), noted('good', 'x'), noted('bad', 'x')], {
    cluster,
    hosts: { client01: machine(words) },
  })
  assert.equal(changed, ['word/a skipped', 'note/a/good skipped', 'note/a/bad failed'])
  assert.is(words.size, 0)
  assert.equal(
    cluster.told.filter((one) => one.startsWith('apply') && !one.endsWith('?')),
    [],
  )
})

it.run()
