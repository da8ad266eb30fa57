import { linuxUser } from '../../tasks/linux-user.ts'
import { canary, cases, secret } from '../support/cases.ts'
import { printed } from '../support/printed.ts'

const want = {
  name: 'bob',
  uid: 20001,
  groups: ['dev1'],
  marker: 'arena-prod',
  shell: '/bin/bash',
  home: '/home/bob',
}

const bob = 'passwd:bob:x:20001:20001:鲍勃:/home/bob:/bin/bash'
const group = 'group:bob:20001:'
const memberships = ['group:dev1:10001:bob', 'group:arena-prod:995:bob']
const home = '41c0 20001 20001 3 4096 /home/bob'

/** A machine on which bob is as wanted, but for the lines that replace or join those of bob. */
const there = ({
  passwd = bob,
  shadow = 'shadow:bob:set:',
  groups = [group, ...memberships],
  at = home,
  directory = '',
  directoryGroup = '',
  shells = '',
  mounted = '',
  due = '',
}: {
  passwd?: string
  shadow?: string
  groups?: string[]
  at?: string
  directory?: string
  directoryGroup?: string
  shells?: string
  mounted?: string
  due?: string
} = {}) => ({
  accounts: printed(
    ['passwd:root:x:0:0:root:/root:/bin/bash', passwd, 'group:root:0:', ...groups, shadow, 'today:1795478400']
      .filter(Boolean)
      .join('\n'),
  ),
  homes: printed(['41ed 0 0 5 4096 /home', at].filter(Boolean).join('\n')),
  'directory accounts': directory,
  'directory private groups': directoryGroup,
  'login shells': shells,
  'mounts at homes': `\0${printed(`1 0 8:1 / / rw - ext4 /dev/sda1 rw\n${mounted}`)}`,
  'due mounts': due,
})

const nobody = { passwd: '', shadow: '', groups: [], at: '' }

cases(linuxUser, {
  'absent → made with a private group of the same id, its groups and a home from skel': {
    want: { ...want, password: secret('password'), gecos: '鲍勃 "Bob", $HOME' },
    have: there(nobody),
    op: 'create',
    why: ['uid', 'groups', 'shell', 'home', 'gecos', 'password'],
    does: [
      'useradd -u 20001 -U -K GID_MIN=20001 -K GID_MAX=20001 -d /home/bob -M -G dev1,arena-prod -s /bin/bash',
      `-c '鲍勃 "Bob", $HOME' bob`,
      'mktemp -d /home/.arena-XXXXXX',
      'mv -T',
      'password=«secret:password»',
      'chpasswd',
    ],
  },
  'absent, with a password hash → set as it is': {
    want: { ...want, passwordHash: canary('hash') },
    have: there(nobody),
    op: 'create',
    does: ['password=«secret:password hash of bob»', 'chpasswd -e'],
  },
  'absent, without a password → made; the recap says so': {
    want,
    have: there(nobody),
    op: 'create',
    names: [],
  },
  'absent, the private group is there → used': {
    want,
    have: there({ ...nobody, groups: [group] }),
    op: 'create',
    does: ['useradd -u 20001 -g 20001'],
  },
  'absent, the home is left from before → taken up': {
    want,
    have: there({ ...nobody, at: home }),
    op: 'create',
    does: ['useradd', 'chown -h 20001:20001 /home/bob && chmod 00700 /home/bob'],
  },
  'as wanted → kept': { want: { ...want, gecos: '鲍勃' }, have: there() },
  'no gecos wanted → any will do': { want, have: there() },
  'a group of the machine itself that is not there → refused': {
    want: { ...want, groups: ['video'], foreign: ['video'] },
    have: there({ groups: [group, ...memberships] }),
    op: 'refuse',
    names: ['groupadd video'],
  },
  'a group of the machine itself → in it, and not in the other': {
    want: { ...want, groups: ['video'], foreign: ['video'] },
    have: there({ groups: [group, ...memberships, 'group:video:44:'] }),
    op: 'update',
    why: ['groups'],
    does: ['usermod -g 20001 -G video,'],
  },
  'the order of groups means nothing': {
    want: { ...want, groups: ['dev2', 'dev1'] },
    have: there({ groups: [group, ...memberships, 'group:dev2:10002:tom,bob'] }),
  },
  'the private group lists the user too → means nothing': {
    want,
    have: there({ groups: [`${group}bob`, ...memberships] }),
  },

  'the shell is not installed → refused': {
    want,
    have: there({ shells: 'missing:/bin/bash\n' }),
    op: 'refuse',
    names: ['/bin/bash', 'shell:'],
  },
  'the shell is no program → refused, before the account is made': {
    want,
    have: there({ ...nobody, shells: 'no program:/bin/bash\n' }),
    op: 'refuse',
    names: ['/bin/bash'],
  },
  'the shell is not in /etc/shells → said': {
    want,
    have: there({ shells: 'unlisted:/bin/bash\n' }),
    names: ['/bin/bash', '/etc/shells'],
  },
  'only gshadow has the user in a group → out of it; in their own it means nothing': {
    want,
    have: there({
      groups: [
        group,
        ...memberships,
        'group:dev2:10002::x',
        'gshadow:dev2:never set::bob',
        'gshadow:bob:never set::bob',
      ],
    }),
    op: 'update',
    why: ['groups in gshadow'],
    does: ['usermod -g 20001 -G dev1,arena-prod -s /bin/bash bob'],
  },
  'the user administers groups → no more, and others go on': {
    want,
    have: there({
      groups: [
        group,
        ...memberships,
        'group:sudo:27:',
        'gshadow:sudo:never set:bob,eve:',
        'gshadow:dev1:never set:bob:bob',
      ],
    }),
    op: 'update',
    why: ['administrator of groups'],
    does: ['gpasswd -A "$others" "$group"', 'resign bob dev1 sudo'],
  },
  'absent, and lines of an earlier account of the name are left in groups → taken out': {
    want,
    have: there({
      ...nobody,
      groups: ['group:sudo:27:bob', 'group:dev2:10002::x', 'gshadow:dev2:never set:bob:bob'],
    }),
    op: 'create',
    why: [
      'uid',
      'groups',
      'shell',
      'home',
      'groups left behind',
      'groups in gshadow',
      'administrator of groups',
    ],
    does: ['useradd -u 20001', 'usermod -G dev1,arena-prod', 'resign bob dev2'],
  },
  '/etc/shadow cannot be written → refused, with what would change': {
    want,
    have: there({ passwd: `${bob.replace('/bin/bash', '/bin/sh')}\nread-only:/etc/shadow` }),
    op: 'refuse',
    why: ['shell'],
    names: ['/etc/shadow', 'chattr -i /etc/shadow'],
  },
  '/etc cannot be written, and only the home differs → corrected': {
    want,
    have: there({ passwd: `${bob}\nread-only:/etc`, at: '41ed 20001 20001 3 4096 /home/bob' }),
    op: 'update',
    why: ['home mode'],
  },
  'an empty password in /etc/passwd → its place is in shadow, then closed': {
    want,
    have: there({ passwd: bob.replace(':x:', ':empty:'), shadow: '' }),
    op: 'update',
    why: ['password'],
    does: ["usermod -e '' bob", 'usermod -p x bob', "usermod -p '!' bob"],
  },
  'the same beside a line in shadow → the last day there stays': {
    want: { ...want, password: secret('password') },
    have: there({ passwd: bob.replace(':x:', ':empty:'), shadow: 'shadow:bob:never set:30000' }),
    op: 'update',
    does: ['usermod -p x bob', 'chpasswd'],
  },
  "a hash in /etc/passwd → the user's, and said": {
    want,
    have: there({ passwd: bob.replace(':x:', ':set:'), shadow: '' }),
    names: ['/etc/passwd', 'pwconv'],
  },
  'a password that was not changed in time → said': {
    want,
    have: there({ shadow: 'shadow:bob:set::20000:90:7' }),
    names: ['passwd bob'],
  },
  'of two lines in shadow the first counts; a password that may still be changed is none of our business': {
    want,
    have: there({ shadow: 'shadow:bob:set::20780:90:7\nshadow:bob:empty:' }),
  },
  'another shell → corrected': {
    want,
    have: there({ passwd: bob.replace('/bin/bash', '/bin/sh') }),
    op: 'update',
    why: ['shell'],
    does: ['usermod -g 20001 -G dev1,arena-prod -s /bin/bash bob'],
  },
  'another gecos → corrected': {
    want: { ...want, gecos: 'Bob' },
    have: there(),
    op: 'update',
    why: ['gecos'],
    does: ['-c Bob bob'],
  },
  'out of their group → put back': {
    want,
    have: there({ groups: [group, 'group:dev1:10001:', 'group:arena-prod:995:bob'] }),
    op: 'update',
    why: ['groups'],
    does: ['-G dev1,arena-prod'],
  },
  'put into sudo → taken out': {
    want,
    have: there({ groups: [group, ...memberships, 'group:sudo:27:bob'] }),
    op: 'update',
    why: ['groups'],
  },
  'in a group whose members have similar names → not theirs': {
    want,
    have: there({ groups: [group, ...memberships, 'group:sudo:27:bobby,abob,b.b'] }),
  },
  'another primary group → their own again': {
    want,
    have: there({
      passwd: bob.replace(':20001:20001:', ':20001:100:'),
      groups: [group, ...memberships, 'group:users:100:'],
    }),
    op: 'update',
    why: ['primary group'],
    does: ['usermod -g 20001'],
  },
  'the private group is gone → made again': {
    want,
    have: there({ groups: memberships }),
    op: 'update',
    why: ['primary group'],
    does: ['groupadd -g 20001 bob', 'usermod -g 20001'],
  },
  'home open to others → closed': {
    want,
    have: there({ at: '41ed 20001 20001 3 4096 /home/bob' }),
    op: 'update',
    why: ['home mode'],
    does: ['chmod 00700 /home/bob'],
  },
  'home with a set-group-id bit → without': {
    want,
    have: there({ at: '45c0 20001 20001 3 4096 /home/bob' }),
    op: 'update',
    why: ['home mode'],
    does: ['chmod 00700 /home/bob'],
  },
  "home given to root → the user's again": {
    want,
    have: there({ at: '41c0 0 0 3 4096 /home/bob' }),
    op: 'update',
    why: ['home owner', 'home group'],
    does: ['chown -h 20001:20001 /home/bob'],
  },
  'home deleted → from skel, made where only root can reach it': {
    want,
    have: there({ at: '' }),
    op: 'update',
    why: ['home'],
    does: ['mktemp -d /home/.arena-XXXXXX', 'cp -a "$skel/."', 'chown -hR 20001:20001', 'mv -T', '/home/bob'],
  },

  'made by hand before → adopted, and the groups that the user loses are named': {
    want,
    have: there({ groups: [group, 'group:dev1:10001:bob', 'group:docker:998:bob', 'group:arena-prod:995:'] }),
    op: 'adopt',
    why: ['groups', 'marker'],
    names: ['docker'],
  },

  'a new password that the user chose → kept': {
    want: { ...want, password: secret('password') },
    have: there(),
  },
  'never had a password and there is one now → set': {
    want: { ...want, password: secret('password') },
    have: there({ shadow: 'shadow:bob:never set:' }),
    op: 'update',
    why: ['password'],
    does: ['printf', 'bob "$password" | chpasswd'],
  },
  'without a line in shadow → never had one': {
    want: { ...want, password: secret('password') },
    have: there({ shadow: '' }),
    op: 'update',
    why: ['password'],
  },
  'locked by an administrator → stays so, and said': {
    want: { ...want, password: secret('password') },
    have: there({ shadow: 'shadow:bob:locked:' }),
    names: ['usermod -U bob'],
  },
  'expired → stays so, and said': {
    want,
    have: there({ shadow: 'shadow:bob:set:20000' }),
    names: ['chage -E -1 bob'],
  },
  'shut by a run that ended while it gave a password → what opens it, unless that comes with this run': {
    want,
    have: there({ shadow: 'shadow:bob:set:2' }),
    names: ['set-password'],
  },
  'shut by a run that ended while it gave a password, which comes now → nothing to say': {
    want: { ...want, passwordFollows: true },
    have: there({ shadow: 'shadow:bob:set:2' }),
  },
  'expires in the future → nothing to say': { want, have: there({ shadow: 'shadow:bob:set:21000' }) },
  'an empty password lets everybody in → closed': {
    want,
    have: there({ shadow: 'shadow:bob:empty:' }),
    op: 'update',
    why: ['password'],
    does: ["usermod -p '!' bob"],
  },
  'an empty password, and there is one for the user → set': {
    want: { ...want, password: secret('password') },
    have: there({ passwd: bob.replace(':x:', ':empty:') }),
    op: 'update',
    why: ['password'],
    does: ['chpasswd'],
  },

  'another uid → refused, never changed': {
    want,
    have: there({ passwd: bob.replace(':20001:20001:', ':1005:1005:') }),
    op: 'refuse',
    why: ['uid'],
    names: ['1005'],
  },
  'the uid is held by another name → refused, with the name': {
    want,
    have: there({ ...nobody, passwd: 'passwd:robert:x:20001:20001::/home/robert:/bin/bash' }),
    op: 'refuse',
    names: ['20001', 'robert'],
  },
  'the name stands in two lines → refused': {
    want,
    have: there({ passwd: `${bob}\n${bob.replaceAll('20001', '1')}\nagain:passwd:bob:3:7` }),
    op: 'refuse',
    names: ['/etc/passwd', '3, 7', 'vipw'],
  },
  'the password stands in two lines → refused': {
    want,
    have: there({ shadow: 'shadow:bob:empty:\nshadow:bob:set:\nagain:shadow:bob:3:9' }),
    op: 'refuse',
    names: ['/etc/shadow', '3, 9', 'vipw -s'],
  },
  'the private group stands in two lines → refused': {
    want,
    have: there({ groups: [group, ...memberships, 'again:group:bob:3:9'] }),
    op: 'refuse',
    names: ['/etc/group'],
  },
  'a line behind blanks holds the password → refused': {
    want,
    have: there({ shadow: 'shadow:bob:empty:\nblank:shadow:bob:3' }),
    op: 'refuse',
    names: ['/etc/shadow', '3', 'vipw -s'],
  },
  'a group lists the user behind blanks → refused': {
    want,
    have: there({ groups: [group, ...memberships, 'group:docker:999:bob', 'blank:group:bob:9'] }),
    op: 'refuse',
    names: ['/etc/group', '9', 'vigr'],
  },
  'of another inventory → refused': {
    want,
    have: there({ groups: [group, 'group:dev1:10001:bob', 'group:arena-lab:994:bob'] }),
    op: 'refuse',
    names: ['lab', 'gpasswd -d bob arena-lab'],
  },
  "a group of the user's name with another gid → refused": {
    want,
    have: there({ ...nobody, groups: ['group:bob:500:'] }),
    op: 'refuse',
    names: ['bob', '500'],
  },
  "the user's gid is held by another group → refused": {
    want,
    have: there({ ...nobody, groups: ['group:staff:20001:'] }),
    op: 'refuse',
    names: ['staff', '20001'],
  },
  'the home is elsewhere → refused, moving it is for a person': {
    want,
    have: there({ passwd: bob.replace('/home/bob', '/data/bob') }),
    op: 'refuse',
    why: ['home'],
    names: ['/data/bob', 'usermod -d /home/bob -m bob'],
  },
  'a directory service has the user → refused': {
    want,
    have: there({ ...nobody, directory: 'bob:bob:70001\n' }),
    op: 'refuse',
    names: ['bob (70001)'],
  },
  'a directory that spells the name otherwise answers → refused': {
    want,
    have: there({ ...nobody, directory: 'bob:CORP\\\\Bob Smith@corp.example.com:70001\n' }),
    op: 'refuse',
    names: ['CORP\\\\Bob Smith@corp.example.com (70001)'],
  },
  'a directory has a group of the name → refused': {
    want,
    have: there({ ...nobody, directoryGroup: 'bob:Bob:70001\n' }),
    op: 'refuse',
    names: ['Bob (70001)'],
  },
  'a directory answers for somebody else → no matter': {
    want,
    have: there({ ...nobody, directory: 'tom:bob:20001\n' }),
    op: 'create',
  },
  'a directory service has the uid → refused': {
    want,
    have: there({ ...nobody, directory: '20001:ldap-ann:20001\n' }),
    op: 'refuse',
    names: ['ldap-ann (20001)'],
  },
  "the home is a link to another user's → refused, not followed": {
    want,
    have: there({ at: 'a1ff 0 0 1 9 /home/bob' }),
    op: 'refuse',
    names: ['ls -ld /home/bob'],
  },
  'the home is a file → refused': {
    want,
    have: there({ at: '81a4 0 0 1 9 /home/bob' }),
    op: 'refuse',
    names: ['/home/bob'],
  },
  "the home is another user's → refused": {
    want,
    have: there({ at: '41c0 20002 20002 3 4096 /home/bob' }),
    op: 'refuse',
    names: ['/home/bob', '20002'],
  },
  "root's directory where the home shall be → refused, it may be anything": {
    want: { ...want, home: '/srv' },
    have: there({ ...nobody, at: '41ed 0 0 3 4096 /srv' }),
    op: 'refuse',
    names: ['/srv'],
  },
  "a home inside another user's → refused, they could exchange it": {
    want: { ...want, home: '/home/tom/bob' },
    have: there({ ...nobody, at: '41c0 20002 20002 3 4096 /home/tom' }),
    op: 'refuse',
    names: ['/home/tom'],
  },
  'a directory open to all above the home → refused': {
    want: { ...want, home: '/data/bob' },
    have: there({ ...nobody, at: '41ff 0 0 3 4096 /data' }),
    op: 'refuse',
    names: ['/data'],
  },
  'a directory above the home that everybody may write to, sticky or not → refused': {
    want: { ...want, home: '/data/bob' },
    have: there({ ...nobody, at: '43ff 0 0 3 4096 /data' }),
    op: 'refuse',
    names: ['/data'],
  },
  'a directory above the home that a group may write to → refused': {
    want: { ...want, home: '/data/bob' },
    have: there({ ...nobody, at: '45fd 0 10001 3 4096 /data' }),
    op: 'refuse',
    names: ['/data'],
  },
  "a directory above the home that root's group may write to → taken": {
    want: { ...want, home: '/data/bob' },
    have: there({ ...nobody, at: '41fd 0 0 3 4096 /data' }),
    op: 'create',
  },
  'a directory that others may write to, where a link above the home leads → refused': {
    want,
    have: {
      ...there(nobody),
      homes: printed('a1ff 0 0 1 9 /home\n41fd 0 10001 3 4096 /data\n41ed 0 0 3 4096 /data/people'),
      'mounts at homes': '/home\0/data/people\0\x001 0 8:1 / / rw - ext4 /dev/sda1 rw\n',
    },
    op: 'refuse',
    names: ['/data'],
  },

  'above the home something is to be mounted that is not → no home in its stead': {
    want: { ...want, home: '/data/people/bob' },
    have: there({ ...nobody, at: '41ed 0 0 3 4096 /data', due: '/etc/fstab\t/data\n' }),
    op: 'refuse',
    names: ['/etc/fstab', 'mount /data'],
  },
  'something is to be mounted on the home itself → no home in its stead': {
    want,
    have: there({ ...nobody, due: '/etc/systemd/system/home-bob.mount\t/home/bob\n' }),
    op: 'refuse',
    names: ['/home/bob', '/etc/systemd/system/home-bob.mount'],
  },
  'what is to be mounted is, or lies beside → made': {
    want,
    have: there({
      ...nobody,
      mounted: '2 1 0:40 / /home rw - nfs4 nas:/home rw',
      due: '/etc/fstab\t/\n/etc/fstab\t/home\n/etc/fstab\t/home/bo\n/etc/fstab\t/srv\n',
    }),
    op: 'create',
  },
  'the home is there although what is to be mounted is not → as it is': {
    want,
    have: there({ due: '/etc/fstab\t/home\n' }),
  },
  'the automounter has no home for the user → refused': {
    want,
    have: there({ ...nobody, mounted: '2 1 0:40 / /home rw - autofs /etc/auto.home rw' }),
    op: 'refuse',
    names: ['/home/bob'],
  },
  'the account is there, what is above the home is not → refused': {
    want: { ...want, home: '/data/people/bob' },
    have: there({ passwd: bob.replace('/home/bob', '/data/people/bob'), at: '41ed 0 0 3 4096 /data' }),
    op: 'refuse',
    names: ['/data/people'],
  },
  'neither the account nor what is above the home → both are made': {
    want: { ...want, home: '/data/people/bob' },
    have: there({ ...nobody, at: '41ed 0 0 3 4096 /data' }),
    op: 'create',
    does: ['mkdir -p /data/people', 'mktemp -d /data/people/.arena-XXXXXX'],
  },
  "the home is a mount point of the user's own → closed as any other": {
    want,
    have: there({
      at: '41ed 20001 20001 3 4096 /home/bob',
      mounted: '2 1 0:40 / /home/bob rw - nfs4 nas:/home/bob rw',
    }),
    op: 'update',
    why: ['home mode'],
  },
  "the home is a mount point of root's → not handed over": {
    want,
    have: there({
      at: '41c0 0 0 3 4096 /home/bob',
      mounted: '2 1 8:1 /root /home/bob rw - ext4 /dev/sda1 rw',
    }),
    op: 'refuse',
    names: ['root', 'chown 20001:20001 /home/bob'],
  },
  'root sees no homes there (NFS) → unknown, not absent': {
    want,
    have: {
      ...there(),
      homes: '41ed 0 0 5 4096 /home\n! /home/bob\n',
    },
    throws: /could not be looked at/,
  },
  'no stat on the machine → unknown, not absent': {
    want,
    have: { ...there(), homes: '! /home\n! /home/bob\n' },
    throws: /could not be looked at/,
  },
  'shadow may not be read → unknown': {
    want,
    have: { ...there(), accounts: null },
    throws: /could not be read/,
  },

  'marked accounts that nobody wants are named and left': {
    want,
    have: there({
      passwd: `${bob}\npasswd:eve:x:20003:20003::/home/eve:/bin/bash\npasswd:dan:x:20004:20004::/home/dan:/bin/bash`,
      groups: [group, 'group:dev1:10001:bob', 'group:arena-prod:995:bob,eve,dan,deleted'],
    }),
    strays: { eve: 'keep', dan: 'keep' },
  },
}).run()
