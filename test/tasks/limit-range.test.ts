import { LIMIT_RANGE } from '../../lib/kube/object.ts'
import { limitRange } from '../../tasks/limit-range.ts'
import { cases } from '../support/cases.ts'
import { live } from '../support/live.ts'

const belongs = { groups: ['dev2'] }
const defaults = { cpu: '1', memory: '2Gi' }
const dev2 = { namespace: 'dev2', defaults }
const item = { type: 'Container', default: defaults, defaultRequest: defaults }
const there = (...limits: object[]) => [
  live(LIMIT_RANGE, 'dev2/dev2-container-defaults', { spec: { limits } }, { belongs }),
]

cases(limitRange, {
  'absent → created': {
    want: dev2,
    belongs,
    op: 'create',
    does: ['"defaultRequest":{"cpu":"1","memory":"2Gi"}'],
  },
  'there, otherwise written → kept': {
    want: dev2,
    belongs,
    have: there({ ...item, default: { cpu: '1000m', memory: '2Gi' } }),
  },
  'another default → put back': {
    want: dev2,
    belongs,
    have: there({ ...item, default: { cpu: '4', memory: '2Gi' } }),
    op: 'update',
    why: ['spec.limits.0.default.cpu'],
  },
  'a default for GPUs, which would give every pod one → taken out': {
    want: dev2,
    belongs,
    have: there({ ...item, default: { ...defaults, 'nvidia.com/gpu': '1' } }),
    op: 'update',
    why: ['spec.limits.0.default.nvidia.com/gpu'],
  },
  'a second limit → the list as it should be': {
    want: dev2,
    belongs,
    have: there(item, { type: 'Pod', max: { cpu: '1' } }),
    op: 'update',
    why: ['spec.limits'],
  },
  'a most → of containers and of pods': {
    want: { ...dev2, max: { cpu: '4' } },
    belongs,
    op: 'create',
    does: ['"max":{"cpu":"4"}},{"type":"Pod","max":{"cpu":"4"}}'],
  },
  'a most that somebody raised for pods → put back': {
    want: { ...dev2, max: { cpu: '4' } },
    belongs,
    have: there({ ...item, max: { cpu: '4000m' } }, { type: 'Pod', max: { cpu: '40' } }),
    op: 'update',
    why: ['spec.limits.1.max.cpu'],
  },
  'a least that somebody added → taken out': {
    want: dev2,
    belongs,
    have: there({ ...item, min: { cpu: '1' } }),
    op: 'update',
    why: ['spec.limits.0.min'],
  },
}).run()
