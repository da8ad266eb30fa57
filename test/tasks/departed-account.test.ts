import { departedAccount } from '../../tasks/departed-account.ts'
import { cases, type Printed } from '../support/cases.ts'
import { printed } from '../support/printed.ts'

const want = { name: 'bob', uid: 20001 }

const have = (lines: string): Printed => ({ accounts: printed(`${lines}\ntoday:1800000000`) })

cases(departedAccount, {
  'gone → kept so': { want, have: have('passwd:tom:x:20002:20002::/home/tom:/bin/bash') },
  'there → deleted with the private group, not with the home': {
    want,
    have: have('passwd:bob:x:20001:20001::/home/bob:/bin/bash\ngroup:bob:20001:'),
    op: 'remove',
    why: ['account', 'private group'],
    does: ['killed || exit', 'userdel bob', 'groupdel bob'],
  },
  'only the private group → deleted': {
    want,
    have: have('group:bob:20001:'),
    op: 'remove',
    why: ['private group'],
  },
  "a group of the user's name with members → not their private one": {
    want,
    have: have('group:bob:20001:tom'),
  },
  "a directory's → out of the groups of the machine, also where only /etc/gshadow has the user": {
    want: { ...want, accounts: 'directory' },
    have: have(
      'group:dev1:10001:bob\ngroup:ops:996:\ngshadow:ops:never set::bob\ngshadow:dev1:never set:bob:bob',
    ),
    op: 'remove',
    why: ['groups', 'groups in gshadow', 'administrator of groups'],
    does: ['gpasswd -d bob dev1', 'gpasswd -d bob ops', 'resign bob dev1'],
  },
  "a directory's that only administers a group → not any more": {
    want: { ...want, accounts: 'directory' },
    have: have('group:dev1:10001:\ngshadow:dev1:never set:bob:'),
    op: 'remove',
    why: ['administrator of groups'],
    doesNot: ['gpasswd -d'],
  },
  "a directory's in no group → kept": {
    want: { ...want, accounts: 'directory' },
    have: have('group:dev1:10001:'),
  },
  'the uid under another name → refused': {
    want,
    have: have('passwd:rob:x:20001:20001::/home/rob:/bin/bash'),
    op: 'refuse',
    names: ['rob', '20001'],
  },
  'the name with another uid → refused': {
    want,
    have: have('passwd:bob:x:20009:20009::/home/bob:/bin/bash'),
    op: 'refuse',
    names: ['bob', '20009'],
  },
}).run()
