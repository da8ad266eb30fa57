import { departedHome } from '../../tasks/departed-home.ts'
import { cases, type Printed } from '../support/cases.ts'
import { printed } from '../support/printed.ts'

const want = { name: 'bob', uid: 20001, home: '/home/bob', fate: 'archive' } as const

const ROOT = '1 0 8:1 / / rw - ext4 /dev/sda1 rw'

const mounts = (...lines: string[]): string => `\0${[ROOT, ...lines].join('\n')}\n`

const have = (home: string, account = 'passwd:bob:x:20001:20001::/home/bob:/bin/bash'): Printed => ({
  accounts: printed(`${account}\ntoday:1800000000`),
  homes: printed(`41ed 0 0 3 4096 /home\n${home}`),
  mounts: mounts(),
})

const HOME = '41c0 20001 20001 5 4096 /home/bob'
const ARCHIVE = '/var/backups/arena-playbooks/bob-20001.tar.gz'

/** Where homes of accounts really are, as name, uid and path. */
const homes = (...all: [string, number, string][]): string =>
  all.flatMap((fields) => fields.map((field) => `${field}\0`)).join('')

cases(departedHome, {
  'gone → kept so': { want, have: have('') },
  'there → what runs ended, archived for root alone, then deleted': {
    want,
    have: have(HOME),
    op: 'remove',
    why: ['files'],
    does: ['killed || exit', 'umask 077', `base=${ARCHIVE.slice(0, -7)}`],
  },
  'files in shared directories → archived and deleted too, directories with files of others given to root': {
    want,
    have: {
      ...have(HOME),
      scattered:
        '20001\0/tmp/x\0/tmp/line\nbreak 20001 /etc\0/tmp/all\0\0of ' +
        'others\0/tmp/all/a/of-tom\0\x0020002\0/tmp/y\0\0of others\0\0',
    },
    op: 'remove',
    why: ['files', 'files', 'files', 'files', 'given to root', 'given to root'],
    does: ['-user "$uid"'],
  },
  'files that another file system shows in a shared directory → not looked for there': {
    want,
    have: {
      ...have(''),
      mounts: mounts('2 1 0:40 / /tmp rw - tmpfs tmpfs rw', '3 2 8:1 /srv /tmp/bind rw - ext4 /dev/sda1 rw'),
      scattered: '20001\0/tmp/bind\0/tmp/bind/x\0\0of others\0\0',
    },
  },
  'there although the account is gone → archived and deleted': {
    want,
    have: have(HOME, 'passwd:root:x:0:0::/root:/bin/sh'),
    op: 'remove',
  },
  'an archive is there already → another one beside it': {
    want,
    have: { ...have(HOME), archives: `${'a'.repeat(64)}  ${ARCHIVE}\n` },
    op: 'remove',
    why: ['files'],
  },
  'something mounted in it → refused by name, with the command': {
    want,
    have: {
      ...have(HOME),
      mounts: mounts(
        '2 1 0:40 / /home/bob/nas rw - nfs4 nas:/export rw',
        '3 1 8:1 /srv /home/bob/my\\040data rw - ext4 /dev/sda1 rw',
      ),
    },
    op: 'refuse',
    why: ['mount', 'mount'],
    names: ['/home/bob/my data', "umount '/home/bob/my data'", 'umount /home/bob/nas'],
  },
  'mounted itself, below a link → refused': {
    want,
    have: {
      ...have(HOME),
      mounts: `/home\0/data/people\0${mounts('2 1 0:40 / /data/people/bob rw - tmpfs tmpfs rw')}`,
    },
    op: 'refuse',
    names: ['umount /data/people/bob'],
  },
  'to be kept, with something mounted in it → kept, as nothing in it is touched': {
    want: { ...want, fate: 'keep' },
    have: { ...have(HOME), mounts: mounts('2 1 0:40 / /home/bob/nas rw - tmpfs tmpfs rw') },
    op: 'update',
    why: ['home owner'],
  },
  'to be kept, mounted itself → refused': {
    want: { ...want, fate: 'keep' },
    have: { ...have(HOME), mounts: mounts('2 1 0:40 / /home/bob rw - tmpfs tmpfs rw') },
    op: 'refuse',
    names: ['umount /home/bob'],
  },
  "another account's home too → refused": {
    want,
    have: { ...have(HOME), 'real homes': homes(['bob', 20001, '/home/bob'], ['svc', 997, '/home/bob']) },
    op: 'refuse',
    names: ['svc (/home/bob)', 'usermod -d'],
  },
  "another account's home in it, by a bind mount → refused": {
    want,
    have: {
      ...have(HOME),
      mounts: mounts('2 1 8:1 /home/bob/app /srv/app rw - ext4 /dev/sda1 rw'),
      'real homes': homes(['svc', 997, '/srv/app']),
    },
    op: 'refuse',
    names: ['svc (/srv/app)'],
  },
  "in another account's home → refused, unless that is the system's": {
    want: { ...want, home: '/srv/app/bob' },
    have: {
      ...have('41ed 0 0 3 4096 /srv\n41ed 0 0 3 4096 /srv/app\n41c0 20001 20001 5 4096 /srv/app/bob', ''),
      'real homes': homes(['root', 0, '/root'], ['nobody', 65534, '/'], ['app', 3000, '/srv/app']),
    },
    op: 'refuse',
    why: ['home'],
    names: ['app (/srv/app)'],
  },
  'homes of the system above it and of others beside it → deleted': {
    want,
    have: {
      ...have(HOME),
      'real homes': homes(['games', 5, '/home'], ['nobody', 65534, '/'], ['bobby', 20002, '/home/bobby']),
    },
    op: 'remove',
  },
  "root's directory of another name → refused": {
    want: { ...want, home: '/srv' },
    have: {
      ...have('', 'passwd:bob:x:20001:20001::/srv:/bin/bash'),
      homes: '41c0 0 0 5 4096 /srv\n',
    },
    op: 'refuse',
    names: ['root', '--home-directory /nonexistent'],
  },
  'no room for the archive → refused': {
    want,
    have: { ...have(HOME), room: '5000000\t/home/bob\nfree 1000 4096\n' },
    op: 'refuse',
    names: ['5000000 kB', '4000 kB', '--home keep'],
  },
  'room for the archive, or not known → archived': {
    want,
    have: { ...have(HOME), room: '3999\t/home/bob\nfree 1000 4096\n' },
    op: 'remove',
  },
  "to be kept → root's alone, so that whoever gets the uid cannot read it": {
    want: { ...want, fate: 'keep' },
    have: have('41ed 20001 20001 5 4096 /home/bob'),
    op: 'update',
    why: ['home owner', 'home mode'],
    does: ['chown -h 0:0 /home/bob && chmod 00700 /home/bob'],
  },
  "kept and root's alone → as it is": {
    want: { ...want, fate: 'keep' },
    have: have('41c0 0 0 5 4096 /home/bob'),
  },
  'a link → refused': {
    want,
    have: have('a1ff 20001 20001 1 9 /home/bob'),
    op: 'refuse',
    names: ['/home/bob'],
  },
  "somebody else's → refused": {
    want,
    have: have('41c0 20002 20002 5 4096 /home/bob'),
    op: 'refuse',
    names: ['20002'],
  },
  'a home elsewhere → refused, and how to say it': {
    want,
    have: have(HOME, 'passwd:bob:x:20001:20001::/data/bob:/bin/bash'),
    op: 'refuse',
    names: ['--home-directory /data/bob'],
  },
  'no table of mounts → nothing is planned': {
    want,
    have: { ...have(HOME), mounts: null },
    throws: /could not be read/,
  },
}).run()
