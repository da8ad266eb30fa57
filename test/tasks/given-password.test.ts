import { givenPassword } from '../../tasks/given-password.ts'
import { cases, secret } from '../support/cases.ts'
import { printed } from '../support/printed.ts'

const accounts = (shadow: string): { accounts: string } => ({
  accounts: printed(`
    passwd:bob:x:20001:20001::/home/bob:/bin/bash
    shadow:bob:${shadow}
    today:1800000000`),
})

const want = { user: 'bob', password: secret('new'), when: 'missing' } as const

cases(givenPassword, {
  'an account that comes with this run → given, to be changed at the first login': {
    want,
    have: { accounts: 'today:1800000000\n' },
    op: 'create',
    why: ['password', 'to be changed at the first login'],
    does: ['chage -E "$half_given"', 'chpasswd', 'chage -d 0 -E "$last" bob'],
  },
  'never set → given': {
    want,
    have: accounts('never set::20000'),
    op: 'create',
    why: ['password', 'to be changed at the first login'],
  },
  'chosen by the user → kept': { want, have: accounts('set::20000') },
  'given, and not changed yet → a new one': {
    want,
    have: accounts('set::0'),
    op: 'update',
    why: ['password'],
    does: ['chage -E "$half_given"', 'chpasswd', 'chage -d 0 -E "$last" bob'],
  },
  'left by a run that ended before it had to be changed → a new one, and open again': {
    want,
    have: accounts('set:2:20000'),
    op: 'update',
    why: ['password', 'to be changed at the first login', 'login'],
    does: ['chage -E', 'chpasswd', 'chage -d 0'],
  },
  'left shut before there was one → given, and open again': {
    want,
    have: accounts('never set:2:20000'),
    op: 'create',
    why: ['password', 'to be changed at the first login', 'login'],
  },
  'chosen by the user, and shut for good by an administrator → kept': { want, have: accounts('set:1:20000') },
  'chosen by the user, and a new one is wanted → given': {
    want: { ...want, when: 'always' },
    have: accounts('set::20000'),
    op: 'update',
    why: ['password', 'to be changed at the first login'],
  },
  'locked by an administrator → refused': {
    want: { ...want, when: 'always' },
    have: accounts('locked::20000'),
    op: 'refuse',
    names: ['usermod -U bob'],
  },
  'two lines in shadow → refused': {
    want: { ...want, when: 'always' },
    have: accounts('set::20000\n    again:shadow:bob:3:4'),
    op: 'refuse',
    names: ['/etc/shadow'],
  },
  'a password in /etc/passwd → not there again': {
    want: { ...want, when: 'always' },
    have: { accounts: 'passwd:bob:empty:20001:20001::/home/bob:/bin/bash\ntoday:1800000000\n' },
    op: 'create',
    does: ["usermod -e '' bob", 'usermod -p x bob', 'chage -E', 'chpasswd', 'chage -d 0'],
  },
  'what is no account name → refused before anything runs': {
    want: { ...want, user: 'a;b' },
    throws: /user/,
  },
}).run()
