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
    names: ['5000', 'groupmod -g 10001 dev1'],
  },
  'the gid is held by another name → refused, with who holds it': {
    want,
    have: there('group:ops:10001:'),
    op: 'refuse',
    names: ['10001', 'groupmod -n dev1 ops'],
  },
  'a name that begins or ends with ours is another group': {
    want,
    have: there('group:dev10:10010:', 'group:adev1:10002:', 'group:dev.:10003:'),
    op: 'create',
  },
  'the name stands in two lines → refused': {
    want,
    have: there('group:dev1:10001:', 'group:dev1:10009:', 'again:group:dev1:4:9', 'again:group:dev1:4:11'),
    op: 'refuse',
    names: ['/etc/group', '4, 9, 11', 'vigr'],
  },
  'its shadow stands in two lines → refused': {
    want,
    have: there('group:dev1:10001:', 'again:gshadow:dev1:4:9'),
    op: 'refuse',
    names: ['/etc/gshadow', '4, 9', 'vigr -s'],
  },
  'its line is behind blanks → refused': {
    want,
    have: there('group:dev1:10001:', 'blank:group:dev1:4'),
    op: 'refuse',
    names: ['/etc/group', '4', 'vigr'],
  },
  'another has two lines → nothing to do with it': {
    want,
    have: there('group:dev1:10001:', 'again:group:dev2:4:9', 'again:shadow:dev1:4:9'),
  },
  'members and administrators that only gshadow has, and a password → gone': {
    want,
    have: there('group:dev1:10001:bob:x', 'gshadow:dev1:set:eve,tom:bob,eve,tom'),
    op: 'update',
    why: ['password', 'administrators', 'members in gshadow'],
    does: ['gpasswd -r dev1', "gpasswd -A '' dev1", 'gpasswd -d eve dev1', 'gpasswd -d tom dev1'],
  },
  'a password in /etc/group, without gshadow → gone': {
    want,
    have: there('group:dev1:10001:bob:set'),
    op: 'update',
    why: ['password'],
    does: ['gpasswd -r dev1'],
  },
  'gshadow lacks it, or has fewer members, or a locked password → kept': {
    want,
    have: there('group:dev1:10001:bob,tom:x', 'gshadow:dev1:locked::tom', 'gshadow:dev2:set:eve:eve'),
  },
  'of two lines in gshadow the first counts': {
    want: { name: 'dev2' },
    have: there('group:dev2:10002::x', 'gshadow:dev2:set::', 'gshadow:dev2:never set::'),
    op: 'update',
    why: ['password'],
  },
  '/etc cannot be written → refused, and only where there is something to write': {
    want,
    have: there('read-only:/etc', 'read-only:/etc/group'),
    op: 'refuse',
    names: ['/etc', 'findmnt'],
  },
  '/etc cannot be written, and needs not be → kept': {
    want,
    have: there('group:dev1:10001:bob', 'read-only:/etc'),
  },
  'a directory has the name → refused, it would be hidden': {
    want,
    have: { ...there(), 'directory groups': 'dev1:DEV1@corp:30001\n' },
    op: 'refuse',
    names: ['DEV1@corp (30001)'],
  },
  'a directory has the gid → refused': {
    want,
    have: { ...there(), 'directory groups': '10001:staff:10001\n' },
    op: 'refuse',
    names: ['staff (10001)'],
  },
  'shadow may not be read → nothing is known': {
    want,
    have: { accounts: null },
    throws: /could not be read/,
  },
}).run()
