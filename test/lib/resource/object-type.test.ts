import * as z from 'zod'
import { OWNER_LABEL } from '../../../lib/conventions/labels.ts'
import { RESOURCE_QUOTA } from '../../../lib/kube/object.ts'
import { objectType } from '../../../lib/resource/object-type.ts'
import { cases } from '../../support/cases.ts'
import { live } from '../../support/live.ts'

const APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

const quota = objectType({
  name: 'quota',
  kind: RESOURCE_QUOTA,
  schema: z.strictObject({ pods: z.string(), note: z.string().exactOptional() }),
  build: ({ pods, note }) => ({
    metadata: { namespace: 'dev1', name: 'quota', ...(note !== undefined && { annotations: { note } }) },
    spec: { hard: { pods } },
  }),
  exact: ['spec.hard'],
})

const there = (hard: object, labels: object | undefined, annotations: object = {}) => [
  live(RESOURCE_QUOTA, 'dev1/quota', { spec: { hard } }, { labels, annotations }),
]
const applied = { [APPLIED]: '{"spec":{"hard":{"pods":"5","secrets":"9"}}}' }
const ours = { [OWNER_LABEL]: 'prod' }

cases(quota, {
  'made by kubectl create → adopted': {
    want: { pods: '5' },
    have: there({ pods: '5' }, undefined),
    op: 'adopt',
    why: [`metadata.labels.${OWNER_LABEL}`],
    does: ['"do":"apply"'],
  },
  'made by kubectl apply → adopted without what a later kubectl apply would compare with, which takes a PUT':
    {
      want: { pods: '5' },
      have: there({ pods: '5' }, undefined, { ...applied, team: 'red' }),
      op: 'adopt',
      why: [`metadata.labels.${OWNER_LABEL}`, `metadata.annotations.${APPLIED}`],
      does: ['"do":"replace"', '"resourceVersion":"7"', '"annotations":{"team":"red"}'],
    },
  'what it holds too much goes with it, and what it should say comes': {
    want: { pods: '5', note: 'mine' },
    have: there({ pods: '5', secrets: '9' }, { team: 'red' }, applied),
    op: 'adopt',
    why: [
      `metadata.labels.${OWNER_LABEL}`,
      'metadata.annotations.note',
      `metadata.annotations.${APPLIED}`,
      'spec.hard.secrets',
    ],
    does: ['"do":"replace"', '"annotations":{"note":"mine"}', '"team":"red"', '"hard":{"pods":"5"}'],
  },
  'applied by kubectl once it was ours → the fields count, not who wrote them': {
    want: { pods: '5' },
    have: there({ pods: '5' }, ours, applied),
  },
  'applied by kubectl with other fields once it was ours → put back': {
    want: { pods: '5' },
    have: there({ pods: '5', secrets: '9' }, ours, applied),
    op: 'update',
    why: ['spec.hard.secrets'],
    does: ['"do":"replace"', '"hard":{"pods":"5"}'],
  },
}).run()
