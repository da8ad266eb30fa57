import * as assert from 'uvu/assert'
import type { Pod } from '../../../../lib/checks/in-pods/jobs.ts'
import { type Served, serve } from '../../../../lib/checks/in-pods/service.ts'
import type { KubeConnection } from '../../../../lib/connect/connection.ts'
import { apiError } from '../../../support/memory-cluster.ts'
import { suite } from '../../../support/suite.ts'

const it = suite('services of pods')

const POD: Pod = {
  job: 'verify-pods-a-bob',
  namespace: 'dev1',
  name: 'verify-pods-a-bob-chief-0',
  uid: '1',
  labels: { job: 'a' },
  owners: [{ apiVersion: 'kubeflow.org/v1', kind: 'TFJob', name: 'verify-pods-a-bob', uid: '2' }],
  node: 'worker04',
  status: {},
}

const served = (create: () => Promise<object>, pod: Pod = POD): Promise<Served> =>
  serve(pod, {
    run: 'f00d',
    cluster: { create } as unknown as KubeConnection,
    signal: new AbortController().signal,
  })

const refusing = (status: number) => async (): Promise<object> => {
  throw apiError(status, 'services')
}

it('lead to a pod by an address', async () =>
  assert.equal(await served(async () => ({ spec: { clusterIP: '10.96.0.9' } })), {
    kind: 'served',
    address: '10.96.0.9',
  }))

it('tell why there is none, and of a name that is taken how it comes free', async () => {
  assert.match(JSON.stringify(await served(async () => ({ spec: { clusterIP: 'None' } }))), 'no address')
  assert.match(JSON.stringify(await served(refusing(403))), 'answered 403')
  const taken = await served(refusing(409))
  assert.ok('failed' in taken)
  assert.match(taken.hint!, 'kubectl delete service verify-pods-a-bob -n dev1')
})

it('are made for no pod that belongs to no job, as nothing would take them away again', async () => {
  let asked = 0
  const create = async (): Promise<object> => ({ asked: ++asked })
  assert.ok('failed' in (await served(create, { ...POD, owners: [] })))
  assert.is(asked, 0)
})

it.run()
