import { directoryUser } from '../../tasks/directory-user.ts'
import { cases } from '../support/cases.ts'
import { printed } from '../support/printed.ts'

const want = {
  name: 'zhang.san',
  uid: 1_154_601_107,
  groups: ['dev1'],
  directoryGroups: [{ name: 'vision', gid: 1_154_600_777 }],
  marker: 'arena-prod',
  home: '/home/zhang.san',
}

const account = 'account:zhang.san:hidden:1154601107:1154600513:张三:/home/zhang.san:/bin/bash'
const within = 'in:zhang.san: 1154600777'
const known = ['group:dev1:10001:zhang.san', 'group:arena-prod:995:zhang.san']

const there = ({
  directory = `${account}\n${within}`,
  groups = known,
  passwd = '',
  at = '41c0 1154601107 1154600513 3 4096 /home/zhang.san',
}: {
  directory?: string
  groups?: string[]
  passwd?: string
  at?: string
} = {}) => ({
  accounts: printed(
    ['passwd:root:x:0:0:root:/root:/bin/bash', passwd, ...groups, 'today:1795478400']
      .filter(Boolean)
      .join('\n'),
  ),
  directory,
  'homes of the directory': printed(['41ed 0 0 5 4096 /home', at].filter(Boolean).join('\n')),
  'mounts at homes of the directory': `\0${printed('1 0 8:1 / / rw - ext4 /dev/sda1 rw\n')}`,
})

const fresh = ['group:dev1:10001:', 'group:arena-prod:995:']

cases(directoryUser, {
  'in the directory, in the groups, at home → kept': { want, have: there(), op: 'keep' },

  'new → groups of the machine, and a home with the primary group that the directory gives': {
    want,
    have: there({ groups: fresh, at: '' }),
    op: 'adopt',
    why: ['groups', 'marker', 'home'],
    does: ['gpasswd -a', 'gpasswd -a', '1154601107:1154600513'],
  },

  'more local groups than wanted → those go': {
    want,
    have: there({ groups: [...known, 'group:sudo:27:zhang.san'] }),
    op: 'update',
    why: ['groups'],
    does: ['gpasswd -d'],
  },

  'in /etc/gshadow alone → put into wanted groups, and out of others': {
    want,
    have: there({
      groups: [
        ...['group:dev1:10001:', 'gshadow:dev1:never set::zhang.san', 'group:arena-prod:995:zhang.san'],
        ...['group:ops:996:', 'gshadow:ops:never set::zhang.san'],
      ],
    }),
    op: 'update',
    why: ['groups', 'groups in gshadow'],
    does: ['gpasswd -a zhang.san dev1', 'gpasswd -d zhang.san ops'],
    doesNot: ['gpasswd -d zhang.san dev1'],
  },

  'not in the directory → refused, with what to look at': {
    want,
    have: there({ directory: '' }),
    op: 'refuse',
    names: ['getent passwd zhang.san'],
  },

  'spelled otherwise there → refused, with the spelling': {
    want,
    have: there({ directory: 'spelled:zhang.san:zhang.san@corp.example.com' }),
    op: 'refuse',
    names: ['zhang.san@corp.example.com'],
  },

  'another uid there → refused': {
    want: { ...want, uid: 1_154_601_200 },
    have: there(),
    op: 'refuse',
    why: ['uid'],
    names: ['1154601107'],
  },

  'another home there → refused, with that one': {
    want: { ...want, home: '/home/corp/zhang' },
    have: there(),
    op: 'refuse',
    why: ['home'],
    names: ["home: '/home/zhang.san'"],
  },

  'not in a group of the directory → refused': {
    want,
    have: there({ directory: account }),
    op: 'refuse',
    why: ['groups'],
    names: ['vision', 'id zhang.san'],
  },

  'an account of the machine with that name → refused': {
    want,
    have: there({ passwd: 'passwd:zhang.san:x:2001:2001::/home/zhang.san:/bin/bash' }),
    op: 'refuse',
  },

  'an account of the machine with that uid → refused': {
    want,
    have: there({ passwd: 'passwd:ann:x:1154601107:2001::/home/ann:/bin/bash' }),
    op: 'refuse',
    names: ['ann'],
  },

  'whoever is in our marker and not in the inventory is told': {
    want,
    have: {
      ...there({ groups: ['group:dev1:10001:zhang.san', 'group:arena-prod:995:zhang.san,wang'] }),
      accounts: printed(
        [
          'passwd:root:x:0:0:root:/root:/bin/bash',
          'group:dev1:10001:zhang.san',
          'group:arena-prod:995:zhang.san,wang',
          'today:1795478400',
          'directory:wang:hidden:1154601109:1154600513::/home/wang:/bin/bash',
        ].join('\n'),
      ),
    },
    op: 'keep',
    strays: { wang: 'keep' },
  },
}).run()
