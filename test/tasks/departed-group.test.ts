import { departedGroup } from '../../tasks/departed-group.ts'
import { cases, type Printed } from '../support/cases.ts'
import { printed } from '../support/printed.ts'

const have = (line: string): Printed => ({ accounts: printed(`${line}\ntoday:1800000000`) })

cases(departedGroup, {
  'gone → kept so': { want: { name: 'dev3' }, have: have('group:dev1:10001:') },
  'without members → deleted': {
    want: { name: 'dev3' },
    have: have('group:dev3:10003:'),
    op: 'remove',
    why: ['gid'],
    does: ['groupdel dev3'],
  },
  'with members → refused, and named': {
    want: { name: 'dev3' },
    have: have('group:dev3:10003:eve,bob'),
    op: 'refuse',
    names: ['eve, bob', 'gpasswd -d eve dev3'],
  },
  "the system's → refused": {
    want: { name: 'audio' },
    have: have('group:audio:29:'),
    op: 'refuse',
    names: ['29'],
  },
}).run()
