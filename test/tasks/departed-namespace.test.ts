import { JOBS, known, NAMESPACE, PERSISTENT_VOLUME_CLAIM, POD } from '../../lib/kube/object.ts'
import { departedNamespace } from '../../tasks/departed-namespace.ts'
import { cases } from '../support/cases.ts'
import { live } from '../support/live.ts'

const inside = [live(PERSISTENT_VOLUME_CLAIM, 'dev3/dev3-public'), live(JOBS[0]!, 'dev3/train')]

const below = (uid: string) =>
  live(POD, `dev3/below-${uid}`, {}, { uid: `uid-below-${uid}`, ownerReferences: [{ uid, kind: 'Cron' }] })

cases(departedNamespace, {
  'gone → kept so': { want: { name: 'dev3', delete: true } },
  'not to be deleted → kept, and what is in it is said': {
    want: { name: 'dev3', delete: false },
    have: [live(NAMESPACE, 'dev3'), ...inside],
    names: ['PersistentVolumeClaim dev3-public, TFJob train', '--delete-namespace dev3'],
  },
  'of every kind that users make → what is below another one is not told apart': {
    want: { name: 'dev3', delete: false },
    have: [
      live(NAMESPACE, 'dev3'),
      live(known('rayjobs.ray.io')[0]!, 'dev3/ray'),
      live(known('statefulsets.apps')[0]!, 'dev3/set'),
      live(known('inferenceservices.serving.kserve.io')[0]!, 'dev3/served'),
      below('uid-of-another'),
      live(known('crons.apps.kubedl.io')[0]!, 'dev3/nightly', {}, { uid: 'uid-of-cron' }),
      below('uid-of-cron'),
    ],
    names: ['Pod below-', ', StatefulSet set, Cron nightly, RayJob ray, InferenceService served; '],
  },
  'to be deleted → what dies with it is named': {
    want: { name: 'dev3', delete: true },
    have: [live(NAMESPACE, 'dev3'), ...inside, live(JOBS[0]!, 'dev1/other')],
    op: 'remove',
    why: ['dies with it', 'dies with it'],
    does: ['"do":"delete"', '"do":"vanish"'],
  },
  'being deleted already → waited for': {
    want: { name: 'dev3', delete: true },
    have: [live(NAMESPACE, 'dev3', {}, { deletionTimestamp: '2026-11-24T00:00:00Z' })],
    op: 'remove',
    does: ['"do":"vanish"'],
  },
  'being deleted already and not asked about → kept, and what holds it is said': {
    want: { name: 'dev3', delete: false },
    have: [
      live(
        NAMESPACE,
        'dev3',
        {
          status: {
            conditions: [
              {
                type: 'NamespaceDeletionDiscoveryFailure',
                status: 'True',
                message: 'stale GroupVersion discovery',
              },
              { type: 'NamespaceContentRemaining', status: 'False', message: 'nothing' },
            ],
          },
        },
        { deletionTimestamp: '2026-11-24T00:00:00Z' },
      ),
    ],
    names: ['stale GroupVersion discovery', 'kubectl get apiservices'],
  },
  'of another inventory → refused': {
    want: { name: 'dev3', delete: true },
    have: [live(NAMESPACE, 'dev3', {}, { labels: { 'arena-playbooks/inventory': 'other' } })],
    op: 'refuse',
  },
}).run()
