import { linuxGroup } from '../../tasks/linux-group.ts'
import { cases } from '../support/cases.ts'
import { printed } from '../support/printed.ts'

const want = { name: 'dev1', gid: 10001 }
const there = (...lines: string[]) => ({
  accounts: printed(['group:root:0:', ...lines, 'today:1795478400'].join('\n')),
})

cases(linuxGroup, {
  'absent → made with its gid': {
    want,
    have: there(),
    op: 'create',
    why: ['gid'],
    does: ['groupadd -g 10001 dev1'],
  },
  'a group without a wanted gid → made in the range of the system': {
    want: { name: 'arena-prod' },
    have: there(),
    op: 'create',
    does: ['groupadd -r arena-prod'],
  },
  'there with its gid → kept, whoever made it and is in it': {
    want,
    have: there('group:dev1:10001:bob,tom'),
  },
  'a group without a wanted gid → any will do': {
    want: { name: 'arena-prod' },
    have: there('group:arena-prod:995:'),
  },
  'there with another gid → refused, its files would be left behind': {
    want,
    have: there('group:dev1:5000:'),
    op: 'refuse',
    why: ['gid'],
    says: ['exists with gid 5000', 'groupmod -g 10001 dev1'],
  },
  'the gid is held by another name → refused, with who holds it': {
    want,
    have: there('group:ops:10001:'),
    op: 'refuse',
    says: ['gid 10001 is held by the group ops', 'groupmod -n dev1 ops'],
  },
  'a name that begins or ends with ours is another group': {
    want,
    have: there('group:dev10:10010:', 'group:adev1:10002:', 'group:dev.:10003:'),
    op: 'create',
  },
  'the name stands in two lines → refused': {
    want,
    have: there('group:dev1:10001:', 'group:dev1:10009:'),
    op: 'refuse',
    says: ['several lines of /etc/group'],
  },
  'a directory has the name → refused, it would be hidden': {
    want,
    have: { ...there(), 'directory group': 'dev1:30001\n' },
    op: 'refuse',
    says: ['dev1 (30001)'],
  },
  'a directory has the gid → refused': {
    want,
    have: { ...there(), 'directory group': 'staff:10001\n' },
    op: 'refuse',
    says: ['staff (10001)'],
  },
  'shadow may not be read → nothing is known': {
    want,
    have: { accounts: null },
    throws: /could not be read/,
  },
}).run()
