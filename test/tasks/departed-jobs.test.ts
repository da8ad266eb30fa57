import { arenaJobLabel } from '../../lib/arena.ts'
import { JOBS, type KubeObject } from '../../lib/kube-object.ts'
import { departedJobs } from '../../tasks/departed-jobs.ts'
import { cases } from '../support/cases.ts'
import { live } from '../support/live.ts'

const [TFJOB, , , OLD_MPIJOB] = JOBS as [
  (typeof JOBS)[0],
  (typeof JOBS)[0],
  (typeof JOBS)[0],
  (typeof JOBS)[0],
]
const bob = { namespace: 'dev1', name: 'bob' }
const want = { user: 'bob', identities: [bob, { namespace: 'dev2', name: 'bob' }] }

const job = (
  id: string,
  by: { namespace: string; name: string },
  done?: string,
  kind = TFJOB,
): KubeObject => {
  const [key, value] = arenaJobLabel(by.namespace, by.name).split('=') as [string, string]
  const conditions = [{ type: 'Created', status: 'True' }, ...(done ? [{ type: done, status: 'True' }] : [])]
  return live(kind, id, { status: { conditions } }, { labels: { [key]: value } })
}

cases(departedJobs, {
  'none → kept': { want, have: [job('dev1/other', { namespace: 'dev1', name: 'ann' })] },
  'done → they use nothing and stay': {
    want,
    have: [job('dev1/a', bob, 'Succeeded'), job('dev1/b', bob, 'Failed')],
  },
  'running, and nobody said what becomes of them → refused, and named': {
    want,
    have: [job('dev1/a', bob, 'Running')],
    op: 'refuse',
    why: ['TFJob'],
    says: ['--jobs stop'],
  },
  'to be stopped → deleted, those in other groups and of older operators too': {
    want: { ...want, fate: 'stop' },
    have: [
      job('dev1/a', bob, 'Running'),
      job('dev2/b', { namespace: 'dev2', name: 'bob' }),
      job('dev1/c', bob, undefined, OLD_MPIJOB),
    ],
    op: 'remove',
    why: ['TFJob', 'TFJob', 'MPIJob'],
  },
  'to be kept → left to the group, and said': {
    want: { ...want, fate: 'keep' },
    have: [job('dev1/a', bob, 'Running')],
    says: ['1 jobs of bob go on: dev1/a'],
  },
}).run()
