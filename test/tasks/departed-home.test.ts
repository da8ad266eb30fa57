import { departedHome } from '../../tasks/departed-home.ts'
import { cases, type Printed } from '../support/cases.ts'
import { printed } from '../support/printed.ts'

const want = { name: 'bob', uid: 20001, home: '/home/bob', fate: 'archive' } as const

const have = (home: string, account = 'passwd:bob:x:20001:20001::/home/bob:/bin/bash'): Printed => ({
  accounts: printed(`${account}\ntoday:1800000000`),
  homes: printed(`41ed 0 0 3 4096 /home\n${home}`),
})

const HOME = '41c0 20001 20001 5 4096 /home/bob'

cases(departedHome, {
  'gone → kept so': { want, have: have('') },
  'there → archived for root alone, then deleted': {
    want,
    have: have(HOME),
    op: 'remove',
    why: ['files'],
    does: ['umask 077', 'tar -czf', 'sha256sum', 'rm -rf --one-file-system'],
  },
  'files in shared directories → archived and deleted too, those of others not': {
    want,
    have: { ...have(HOME), scattered: '20001 /tmp/x\n20002 /tmp/y\n20001 /var/mail/bob\n' },
    op: 'remove',
    why: ['files', 'files', 'files'],
    does: ['-uid 20001 -print', '-uid 20001 -depth'],
  },
  'there although the account is gone → archived and deleted': {
    want,
    have: have(HOME, 'passwd:root:x:0:0::/root:/bin/sh'),
    op: 'remove',
  },
  "to be kept → root's alone, so that whoever gets his uid cannot read it": {
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
    says: ['symbolic link'],
  },
  "somebody else's → refused": {
    want,
    have: have('41c0 20002 20002 5 4096 /home/bob'),
    op: 'refuse',
    says: ['uid 20002'],
  },
  'a home elsewhere → refused, and how to say it': {
    want,
    have: have(HOME, 'passwd:bob:x:20001:20001::/data/bob:/bin/bash'),
    op: 'refuse',
    says: ['--home-directory /data/bob'],
  },
}).run()
