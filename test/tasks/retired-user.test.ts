import { retiredUser } from '../../tasks/retired-user.ts'
import { cases } from '../support/cases.ts'
import { printed } from '../support/printed.ts'

const want = { name: 'eve', uid: 20003 }
const there = (...lines: string[]) => ({ accounts: printed([...lines, 'today:1795478400'].join('\n')) })
const eve = 'passwd:eve:x:20003:20003::/home/eve:/bin/bash'

cases(retiredUser, {
  'absent → nothing is made for somebody who left': {
    want,
    have: there('passwd:bob:x:20001:20001::/home/bob:/bin/bash'),
  },
  'can log in → locked and expired, the home stays': {
    want,
    have: there(eve, 'shadow:eve:set:'),
    op: 'remove',
    why: ['password', 'expires'],
    does: ['usermod -L -e 1 eve'],
  },
  "locked, but the user's keys still work → expired": {
    want,
    have: there(eve, 'shadow:eve:locked:'),
    op: 'remove',
    why: ['expires'],
  },
  'expires next year → today': {
    want,
    have: there(eve, 'shadow:eve:locked:21000'),
    op: 'remove',
    why: ['expires'],
  },
  'the password stands in two lines → refused, as no tool would lock it': {
    want,
    have: there(eve, 'shadow:eve:set:', 'shadow:eve:locked:1', 'again:shadow:eve:4:5'),
    op: 'refuse',
    names: ['/etc/shadow'],
  },
  'nothing can be written → refused': {
    want,
    have: there(eve, 'shadow:eve:set:', 'read-only:/etc'),
    op: 'refuse',
    names: ['/etc'],
  },
  'locked and expired → kept': { want, have: there(eve, 'shadow:eve:locked:1') },
  'somebody else has the name now → refused': {
    want,
    have: there('passwd:eve:x:1005:1005::/home/eve:/bin/bash', 'shadow:eve:set:'),
    op: 'refuse',
    names: ['1005'],
  },
  'the user has another name now → refused, a person must see': {
    want,
    have: there('passwd:eva:x:20003:20003::/home/eva:/bin/bash', 'shadow:eva:set:'),
    op: 'refuse',
    names: ['eva', '20003', 'usermod -L -e 1 eva'],
  },
}).run()
