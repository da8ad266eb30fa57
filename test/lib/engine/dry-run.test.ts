import * as assert from 'uvu/assert'
import { AutomationError } from '../../../lib/base/errors.ts'
import { dryRun } from '../../../lib/engine/dry-run.ts'
import type { Action } from '../../../lib/engine/plan.ts'
import { CONFIG_MAP } from '../../../lib/kube/object.ts'
import type { Step } from '../../../lib/resource/type.ts'
import { planOf } from '../../support/action.ts'
import { inCluster, noteObject, onHost } from '../../support/engine.ts'
import { apiError, MemoryCluster } from '../../support/memory-cluster.ts'
import { suite } from '../../support/suite.ts'

const it = suite('dry run')

const asked = async (cluster: MemoryCluster, ...actions: Action[]) =>
  dryRun(planOf(...actions), async () => cluster, new AbortController().signal)

const changing = (name: string, op: Action['change']['op'], ...steps: Step[]): Action => {
  const made = inCluster(name)
  return { ...made, change: { op, diffs: [], steps: steps.length > 0 ? steps : made.change.steps } }
}

it('asks about every object that differs, and stores nothing', async () => {
  const cluster = new MemoryCluster()
  await cluster.create(CONFIG_MAP, noteObject('b', 'old'), { signal: new AbortController().signal })
  const replace = { do: 'replace', kind: CONFIG_MAP, object: noteObject('b', 'new') } as const
  const refusals = await asked(
    cluster,
    changing('a', 'create'),
    changing('b', 'update', replace),
    onHost('h'),
  )
  assert.equal([...refusals], [])
  assert.equal(cluster.told.slice(1), [
    'apply /api/v1/namespaces/a/configmaps/a?',
    'replace /api/v1/namespaces/a/configmaps/b?',
  ])
  const { items } = await cluster.list(CONFIG_MAP)
  assert.equal(
    items.map(({ metadata: { name }, data }) => [name, data]),
    [['b', { text: 'old' }]],
  )
})

it('cannot ask about what rests on something new, is made anew, taken away or left alone', async () => {
  const cluster = new MemoryCluster()
  const again = { do: 'create', kind: CONFIG_MAP, object: noteObject('r') } as const
  const apply = { do: 'apply', kind: CONFIG_MAP, object: noteObject('twice') } as const
  const ref = { kind: CONFIG_MAP, name: 'r', namespace: 'a', uid: 'r' }
  const { change, ...held } = changing('h', 'create')
  await asked(
    cluster,
    changing('new', 'create'),
    { ...changing('on-new', 'create'), needs: ['cluster:note/a/new'] },
    changing('r', 'update', { do: 'delete', ref }, again),
    changing('gone', 'remove', { do: 'delete', ref }),
    changing('twice', 'update', apply, apply),
    changing('kept', 'keep'),
    { ...held, change, hindrance: { because: 'unknown', error: apiError(500, 'x') } },
  )
  assert.equal(cluster.told, ['apply /api/v1/namespaces/a/configmaps/new?'])
})

it('asks about what rests on something that is only changed', async () => {
  const cluster = new MemoryCluster()
  await asked(cluster, changing('old', 'update'), {
    ...changing('on-old', 'create'),
    needs: ['cluster:note/a/old'],
  })
  assert.is(cluster.told.length, 2)
})

it('returns each failure by the key of its change, whatever it is', async () => {
  const cluster = new MemoryCluster()
  cluster.refuses = ({ path }) => {
    if (path.endsWith('/a')) throw apiError(422, path)
    if (path.endsWith('/b')) throw new AutomationError({ code: 'unreachable', message: 'away' })
  }
  const refusals = await asked(
    cluster,
    changing('a', 'create'),
    changing('b', 'create'),
    changing('c', 'create'),
  )
  assert.equal([...refusals].map(([key, { code, status }]) => [key, code, status]).toSorted(), [
    ['cluster:note/a/a', 'api', 422],
    ['cluster:note/a/b', 'unreachable', undefined],
  ])
})

it.run()
