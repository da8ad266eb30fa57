import { ANCHOR_TYPE } from '../../lib/conventions/labels.ts'
import { type KubeObject, TOKEN_ANCHOR, TOKEN_SECRET } from '../../lib/kube/object.ts'
import { boundToken } from '../../tasks/bound-token.ts'
import { cases } from '../support/cases.ts'
import { live } from '../support/live.ts'

const belongs = { user: 'bob', groups: ['dev1'] }
const bob = { namespace: 'arena-prod', serviceAccount: 'bob', seconds: 7_776_000 }
const anchor = (name: string, metadata: object = {}): KubeObject =>
  live(TOKEN_ANCHOR, `arena-prod/${name}`, { type: ANCHOR_TYPE }, { belongs, ...metadata })

cases(boundToken, {
  'none → the first, empty': {
    want: bob,
    belongs,
    op: 'create',
    why: ['secret'],
    does: ['bob-token-1', '"arena-playbooks/user":"bob"', `"type":"${ANCHOR_TYPE}"}`],
  },
  'there → kept': { want: bob, belongs, have: [anchor('bob-token-1')], strays: {} },
  'two → the higher number counts, numerically, and the older one goes': {
    want: bob,
    belongs,
    have: [anchor('bob-token-9'), anchor('bob-token-10')],
    strays: { 'arena-prod/bob-token-9': 'remove' },
  },
  'going away → a new one, with a number of its own': {
    want: bob,
    belongs,
    have: [anchor('bob-token-3', { deletionTimestamp: '2026-11-24T00:00:00Z' })],
    op: 'create',
    does: ['bob-token-4'],
    strays: { 'arena-prod/bob-token-3': 'keep' },
  },
  'a token that does not end is there → a number that its name has not': {
    want: bob,
    belongs,
    have: [live(TOKEN_SECRET, 'arena-prod/bob-token-1', {}, { belongs })],
    op: 'create',
    does: ['bob-token-2'],
  },
  'without our labels → adopted': {
    want: bob,
    belongs,
    have: [anchor('bob-token-1', { labels: {} })],
    op: 'adopt',
    does: ['"do":"apply"'],
  },
  'somebody of a longer name → none of theirs': {
    want: bob,
    belongs,
    have: [anchor('bob-token-1-token-7', { belongs: { user: 'bob-token-1' } })],
    op: 'create',
    does: ['bob-token-1'],
    strays: { 'arena-prod/bob-token-1-token-7': 'remove' },
  },
  'to be replaced → a new one, and the old one goes once it works': {
    want: { ...bob, replace: ['uid-arena-prod/bob-token-1'] },
    belongs,
    have: [anchor('bob-token-1')],
    op: 'create',
    why: ['secret'],
    does: ['bob-token-2'],
    later: [],
    strays: { 'arena-prod/bob-token-1': 'remove' },
  },
  'to be replaced, with a newer one beside it → the rotation goes on with it': {
    want: { ...bob, replace: ['uid-arena-prod/bob-token-1'] },
    belongs,
    have: [anchor('bob-token-1'), anchor('bob-token-2')],
    strays: { 'arena-prod/bob-token-1': 'remove' },
  },
  'both to be replaced → a third': {
    want: { ...bob, replace: ['uid-arena-prod/bob-token-1', 'uid-arena-prod/bob-token-2'] },
    belongs,
    have: [anchor('bob-token-1'), anchor('bob-token-2')],
    op: 'create',
    does: ['bob-token-3'],
    strays: { 'arena-prod/bob-token-1': 'remove', 'arena-prod/bob-token-2': 'remove' },
  },
  'another than is to be replaced, such as the one that this run made → kept': {
    want: { ...bob, replace: ['uid-arena-prod/bob-token-1'] },
    belongs,
    have: [anchor('bob-token-2')],
  },
}).run()
