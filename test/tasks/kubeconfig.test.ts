import { Secret } from '../../lib/base/secret.ts'
import type { BoundToken } from '../../lib/kube/bound-token.ts'
import { kubeconfig } from '../../tasks/kubeconfig.ts'
import { type Case, canary, cases, NOW } from '../support/cases.ts'
import { filesRead, type Packed, printed } from '../support/printed.ts'
import { claimsOf, tokenWith } from '../support/token.ts'

const ca = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
type Want = Parameters<typeof kubeconfig>[1]

const want = {
  user: 'bob',
  uid: 20001,
  home: '/home/bob',
  cluster: { name: 'prod', server: 'https://10.0.0.91:6443', ca },
  contexts: [{ name: 'dev1', namespace: 'dev1' }],
  current: 'dev1',
  token: 'cluster:service-account-token/dev1/bob',
}
const token = canary('token')
const values = { [want.token]: { kind: 'known', token: new Secret('token of dev1/bob', token) } }

const DAY = 86_400
const bound = {
  ...want,
  token: 'cluster:bound-token/arena-prod/bob',
  account: 'cluster:service-account/arena-prod/bob',
}
const boundTo: BoundToken = {
  kind: 'bound',
  namespace: 'arena-prod',
  serviceAccount: 'bob',
  anchor: { name: 'bob-token-1', uid: 'anchor' },
  seconds: 90 * DAY,
}
const boundValues = { [bound.token]: boundTo, [bound.account]: { uid: 'account' } }

/** A token of bob that is right and has half its life left, but for what is said. */
const boundTokenOf = ({
  name = 'bob',
  anchorUid = 'anchor',
  accountUid = 'account',
  until = NOW + 45 * DAY,
} = {}): string => {
  const anchor = { ...boundTo.anchor, uid: anchorUid }
  const claims = claimsOf({ ...boundTo, serviceAccount: name, anchor }, accountUid, {
    from: until - 90 * DAY,
    until,
  })
  return tokenWith(claims, canary('signature'))
}

const file = ({ user = 'bob', secret = token, groups = ['dev1'], current = 'dev1' } = {}): string => `\
apiVersion: v1
kind: Config
preferences: {}
clusters:
- name: "prod"
  cluster:
    server: "https://10.0.0.91:6443"
    certificate-authority-data: ${Buffer.from(ca).toString('base64')}
users:
- name: "${user}"
  user:
    token: "${secret}"
contexts:
${groups
  .map(
    (group) =>
      `- name: "${group}"\n  context:\n    cluster: "prod"\n    namespace: "${group}"\n    user: "${user}"\n`,
  )
  .join('')}current-context: "${current}"
`

const HOME = '41c0 20001 20001 3 4096 /home/bob'
const DIRECTORY = '41c0 20001 20001 2 4096 /home/bob/.kube'
const CONFIG = '8180 20001 20001 1 900 /home/bob/.kube/config'

const TOMS = '41c0 20002 20002 2 4096 /home/tom/.kube'

interface There {
  lines?: string[]
  content?: string
  /** The file as it was when tar opened it. */
  read?: Partial<Packed>
  members?: string
  files?: Packed[]
}

/** A machine with bob's kubeconfig in place, but for what is said. */
const there = ({
  lines = [HOME, DIRECTORY, CONFIG],
  content,
  read,
  members = 'bob,tom',
  files,
}: There = {}) => ({
  accounts: printed(`passwd:bob:x:20001:20001::/home/bob:/bin/bash
    passwd:tom:x:20002:20002::/home/tom:/bin/bash
    group:arena-prod:995:${members}
    shadow:bob:set:
    today:1795478400`),
  'kube directories': printed(lines.join('\n')),
  kubeconfigs: filesRead(
    ...(files ??
      (content === undefined ? [] : [{ path: './home/bob/.kube/config', uid: 20001, content, ...read }])),
  ),
})

const mine = `
clusters: [{name: home, cluster: {server: https://home}}]
users: [{name: me, user: {password: ${canary('mine')}}}]
contexts:
# the one I use
- {name: home, context: {cluster: home, user: me}}
`

const BEHIND = { ...want.cluster, untold: { reason: 'nobody said how', hint: 'say how' } }
const named = { ...want.cluster, tlsServerName: 'api.internal', proxyUrl: 'http://10.0.0.3:3128' }

/** The file with more lines in the entry of the cluster. */
const withLines = (...lines: string[]): string =>
  file().replace(/(certificate-authority-data: \S+\n)/, (line) =>
    [line, ...lines.map((one) => `    ${one}\n`)].join(''),
  )

const table: Record<string, Case<Want>> = {
  'a name in the certificate and a proxy that the inventory names → written': {
    want: { ...want, cluster: named },
    values,
    have: there({ lines: [HOME] }),
    op: 'create',
  },
  'the same, there already → kept': {
    want: { ...want, cluster: named },
    values,
    have: there({
      content: withLines('tls-server-name: "api.internal"', 'proxy-url: "http://10.0.0.3:3128"'),
    }),
  },
  'the same, missing or others → written, and no password of a proxy shown': {
    want: { ...want, cluster: named },
    values,
    have: there({ content: withLines(`proxy-url: http://ann:${canary('proxy')}@10.0.0.3:3128`) }),
    op: 'update',
    why: ['cluster.tls-server-name'],
  },
  'a proxy and a name in the certificate written by the user → left alone': {
    want,
    values,
    have: there({ content: withLines('tls-server-name: mine', 'proxy-url: http://10.0.0.9:3128') }),
  },
  'the same with something else to do → only that': {
    want,
    values,
    have: there({
      content: withLines(
        'tls-server-name: mine',
        'proxy-url: http://10.0.0.9:3128',
        'disable-compression: true',
      ),
    }),
    op: 'update',
    why: ['cluster.disable-compression'],
  },
  'the same for another address → gone with it': {
    want,
    values,
    have: there({
      content: withLines('tls-server-name: mine', 'proxy-url: http://10.0.0.9:3128').replace('.91:', '.99:'),
    }),
    op: 'update',
    why: ['cluster.server', 'cluster.tls-server-name', 'cluster.proxy-url'],
  },
  "other lines there are not the user's to write": {
    want,
    values,
    have: there({ content: withLines('insecure-skip-tls-verify: true', 'proxy-url: [1]') }),
    op: 'update',
    why: ['cluster.insecure-skip-tls-verify', 'cluster.proxy-url'],
  },
  'no authority, because machines trust the server anyway → none is written': {
    want: { ...want, cluster: { ...want.cluster, ca: '' } },
    values,
    have: there({ content: file() }),
    op: 'update',
    why: ['cluster.certificate-authority-data'],
  },
  'the same, none there → kept': {
    want: { ...want, cluster: { ...want.cluster, ca: '' } },
    values,
    have: there({ content: file().replace(/ *certificate-authority-data.*\n/, '') }),
  },
  'nobody said how users get there → no new file, and nothing in its place': {
    want: { ...want, cluster: BEHIND },
    values,
    have: there({ lines: [HOME] }),
    op: 'refuse',
  },
  'the same → a file that would get another address stays as it is': {
    want: { ...want, cluster: BEHIND },
    values,
    have: there({ content: file().replace('.91:', '.99:') }),
    op: 'refuse',
    why: ['cluster.server'],
  },
  'the same → a file that has the address gets its new token all the same': {
    want: { ...want, cluster: BEHIND },
    values,
    have: there({ content: file({ secret: canary('old') }) }),
    op: 'update',
    why: ['token'],
  },
  'absent → written as the user, with the token on standard input': {
    want,
    values,
    have: there({ lines: [HOME] }),
    op: 'create',
    why: ['server', 'contexts', 'token'],
    does: [
      "printf '%s\\n%s' absent «secret:kubeconfig of bob»",
      'setpriv --reuid=20001 --regid=20001 --init-groups',
    ],
  },
  'the account is not there yet either → written after it': {
    want,
    values,
    have: there({ lines: [] }),
    op: 'create',
  },
  'as written → kept': { want, values, have: there({ content: file() }) },
  'written in another way with the same meaning → kept': {
    want,
    values,
    have: there({
      content: JSON.stringify({
        'current-context': 'dev1',
        users: [{ user: { token }, name: 'bob' }],
        contexts: [{ context: { user: 'bob', cluster: 'prod', namespace: 'dev1' }, name: 'dev1' }],
        clusters: [
          {
            name: 'prod',
            cluster: {
              'certificate-authority-data': Buffer.from(ca.trim()).toString('base64'),
              server: 'https://10.0.0.91:6443',
            },
          },
        ],
      }),
    }),
  },
  "the user's own entries, and the context they chose → theirs": {
    want,
    values,
    have: there({
      content: file({ current: 'home' })
        .replace('contexts:\n', 'contexts:\n- {name: home, context: {cluster: home, user: me}}\n')
        .replace('users:\n', `users:\n- {name: me, user: {exec: {command: ${canary('exec')}}}}\n`),
    }),
  },
  "the user's own context of our cluster → theirs": {
    want,
    values,
    have: there({
      content: file().replace(
        'contexts:\n',
        'contexts:\n- {name: mine, context: {cluster: prod, user: bob, namespace: dev1}}\n',
      ),
    }),
  },
  "the context of another of the user's groups chosen → kept": {
    want: { ...want, contexts: [...want.contexts, { name: 'dev2', namespace: 'dev2' }] },
    values,
    have: there({ content: file({ groups: ['dev1', 'dev2'], current: 'dev2' }) }),
  },

  'another token → corrected': {
    want,
    values,
    have: there({ content: file({ secret: canary('old') }) }),
    op: 'update',
    why: ['token'],
  },
  'the token is made in this run → filled in then': {
    want,
    have: there({ content: file() }),
    op: 'update',
    why: ['token'],
  },
  'only our own part is mended, the rest stays as it is': {
    want,
    values,
    have: there({ content: mine }),
    op: 'update',
    why: ['cluster', 'contexts.dev1', 'current-context', 'token'],
    does: ['«secret:digest in the kubeconfig of bob»'],
  },
  'another address, an unchecked certificate, a program to run → corrected': {
    want,
    values,
    have: there({
      content: file()
        .replace('https://10.0.0.91:6443', 'https://evil')
        .replace('  user:\n', `  user:\n    exec: {command: ${canary('exec')}}\n`)
        .replace('    certificate', '    insecure-skip-tls-verify: true\n    certificate'),
    }),
    op: 'update',
    why: ['cluster.server', 'cluster.insecure-skip-tls-verify', 'user.exec'],
  },
  'another certificate authority → corrected': {
    want,
    values,
    have: there({ content: file().replace(Buffer.from(ca).toString('base64'), 'QUJD') }),
    op: 'update',
    why: ['cluster.certificate-authority-data'],
  },
  'a context of another namespace → corrected': {
    want,
    values,
    have: there({ content: file().replace('namespace: "dev1"', 'namespace: kube-system') }),
    op: 'update',
    why: ['contexts.dev1.namespace'],
  },
  'an entry there twice, which kubectl refuses → one': {
    want,
    values,
    have: there({
      content: file().replace(
        'contexts:\n',
        'contexts:\n- {name: dev1, context: {cluster: prod, user: bob}}\n',
      ),
    }),
    op: 'update',
    why: ['contexts.dev1.cluster', 'contexts.dev1.namespace', 'contexts.dev1.user'],
  },
  'the context of a group that the user left → taken out': {
    want,
    values,
    have: there({ content: file({ groups: ['dev1', 'dev2'], current: 'dev2' }) }),
    op: 'update',
    why: ['contexts.dev2', 'current-context'],
  },
  'the context chosen is nowhere → the one to start with': {
    want,
    values,
    have: there({ content: file({ current: 'gone' }) }),
    op: 'update',
    why: ['current-context'],
  },
  "another user's kubeconfig → one of their own, nothing of the other's is kept": {
    want,
    values,
    have: there({ content: file({ user: 'tom', secret: canary('tom'), groups: ['dev2'], current: 'dev2' }) }),
    op: 'update',
    why: ['users.tom', 'contexts.dev1', 'contexts.dev2', 'current-context', 'token'],
  },
  'empty → written': {
    want,
    values,
    have: there({ content: '' }),
    op: 'update',
    why: ['cluster', 'contexts.dev1', 'current-context', 'token'],
  },

  'a bound token that lasts → kept, whatever else of it is not known': {
    want: bound,
    values: boundValues,
    have: there({ content: file({ secret: boundTokenOf({}) }) }),
  },
  'a bound token in its last fifth → another': {
    want: bound,
    values: boundValues,
    have: there({ content: file({ secret: boundTokenOf({ until: NOW + 17 * DAY }) }) }),
    op: 'update',
    why: ['token'],
    does: ['«secret:kubeconfig of bob»'],
  },
  'a bound token that was revoked → another': {
    want: bound,
    values: boundValues,
    have: there({ content: file({ secret: boundTokenOf({ anchorUid: 'before' }) }) }),
    op: 'update',
    why: ['token'],
  },
  'a bound token of a service account that was made again → another': {
    want: bound,
    values: boundValues,
    have: there({ content: file({ secret: boundTokenOf({ accountUid: 'before' }) }) }),
    op: 'update',
    why: ['token'],
  },
  "a colleague's bound token → the user's own": {
    want: bound,
    values: boundValues,
    have: there({ content: file({ secret: boundTokenOf({ name: 'tom' }) }) }),
    op: 'update',
    why: ['token'],
  },
  'a token for ever where a bound one is wanted → a bound one': {
    want: bound,
    values: boundValues,
    have: there({ content: file() }),
    op: 'update',
    why: ['token'],
  },
  'a bound token where one for ever is wanted → that': {
    want,
    values,
    have: there({ content: file({ secret: boundTokenOf({}) }) }),
    op: 'update',
    why: ['token'],
  },
  'the anchor is made in this run → a token after it': {
    want: bound,
    values: { [bound.account]: boundValues[bound.account] },
    have: there({ content: file({ secret: boundTokenOf({}) }) }),
    op: 'update',
    why: ['token'],
  },
  'the service account is made in this run → a token after it': {
    want: bound,
    values: { [bound.token]: boundValues[bound.token] },
    have: there({ content: file({ secret: boundTokenOf({}) }) }),
    op: 'update',
    why: ['token'],
  },
  'another group, and a bound token that lasts → kept': {
    want: { ...bound, contexts: [...want.contexts, { name: 'dev2', namespace: 'dev2' }] },
    values: boundValues,
    have: there({ content: file({ secret: boundTokenOf({}) }) }),
    op: 'update',
    why: ['contexts.dev2'],
  },

  'readable for others → closed': {
    want,
    values,
    have: there({
      content: file(),
      lines: [HOME, DIRECTORY, '81a4 20001 20001 1 900 /home/bob/.kube/config'],
    }),
    op: 'update',
    why: ['mode'],
  },
  'its directory open to others → closed': {
    want,
    values,
    have: there({ content: file(), lines: [HOME, '41ed 20001 20001 2 4096 /home/bob/.kube', CONFIG] }),
    op: 'update',
    why: ['.kube mode'],
  },
  'both given to root → handed over without following anything': {
    want,
    values,
    have: there({
      content: file(),
      read: { uid: 0 },
      lines: [HOME, '41c0 0 0 2 4096 /home/bob/.kube', '8180 0 0 1 900 /home/bob/.kube/config'],
    }),
    op: 'update',
    why: ['.kube owner', 'owner'],
    does: ['cd -P -- "$3"', 'hand_over /home/bob 20001 .kube', "printf '%s\\n%s' unseen"],
  },
  "root's file that the user could read → their entries in it stay": {
    want,
    values,
    have: there({
      content: mine,
      read: { uid: 0 },
      lines: [HOME, DIRECTORY, '81a4 0 0 1 900 /home/bob/.kube/config'],
    }),
    op: 'update',
    does: ['«secret:digest'],
  },
  "root's file that the user could not read → put aside, its credentials are not given away": {
    want,
    values,
    have: there({
      content: mine,
      read: { uid: 0 },
      lines: [HOME, DIRECTORY, '8180 0 0 1 900 /home/bob/.kube/config'],
    }),
    op: 'update',
    does: ["printf '%s\\n%s' aside"],
    names: ['~/.kube/config.root'],
  },

  'home is a link → refused': {
    want,
    values,
    have: there({ lines: ['a1ff 0 0 1 9 /home/bob'] }),
    op: 'refuse',
    names: ['/home/bob'],
  },
  '.kube is a link to /etc → refused, not followed': {
    want,
    values,
    have: there({
      lines: [HOME, 'a1ff 20001 20001 1 4 /home/bob/.kube', '8180 0 0 1 900 /home/bob/.kube/config'],
    }),
    op: 'refuse',
    names: ['ls -ld /home/bob/.kube'],
  },
  '.kube is a file → refused': {
    want,
    values,
    have: there({ lines: [HOME, '8180 20001 20001 1 4 /home/bob/.kube'] }),
    op: 'refuse',
    names: ['.kube'],
  },
  'the file is a link → refused': {
    want,
    values,
    have: there({ lines: [HOME, DIRECTORY, 'a1ff 20001 20001 1 4 /home/bob/.kube/config'] }),
    op: 'refuse',
    names: ['.kube/config'],
  },
  'the file is a pipe → refused, not opened': {
    want,
    values,
    have: there({ lines: [HOME, DIRECTORY, '1180 20001 20001 1 0 /home/bob/.kube/config'] }),
    op: 'refuse',
    names: ['.kube/config'],
  },
  'the file is a directory → refused': {
    want,
    values,
    have: there({ lines: [HOME, DIRECTORY, '41c0 20001 20001 2 4096 /home/bob/.kube/config'] }),
    op: 'refuse',
    names: ['.kube/config'],
  },
  'the file has another name too → refused': {
    want,
    values,
    have: there({ lines: [HOME, DIRECTORY, '8180 20001 20001 2 900 /home/bob/.kube/config'] }),
    op: 'refuse',
    names: ['2', '-samefile /home/bob/.kube/config'],
  },
  "something is mounted on the user's directory → refused, nothing is handed over": {
    want,
    values,
    have: {
      ...there({ content: file(), read: { uid: 0 }, lines: [HOME, '41c0 0 0 2 4096 /home/bob/.kube'] }),
      'mounts at kube directories': '\x002 1 8:1 /root /home/bob/.kube rw - ext4 /dev/sda1 rw\n',
    },
    op: 'refuse',
    names: ['umount /home/bob/.kube'],
  },
  "something is mounted on the user's file, below where a link leads → refused": {
    want,
    values,
    have: {
      ...there({ content: file() }),
      'mounts at kube directories':
        '/home/bob\0/data/bob\0\x002 1 8:1 /root/a /data/bob/.kube/config rw - ext4 /dev/sda1 rw\n',
    },
    op: 'refuse',
    names: ['/data/bob/.kube/config'],
  },
  'something is mounted further below or beside → left alone': {
    want,
    values,
    have: {
      ...there({ content: file() }),
      'mounts at kube directories': `\0${printed(`2 1 0:40 / /home/bob/.kube/cache rw - tmpfs tmpfs rw
        3 1 0:40 / /home/bob/.kube2 rw - tmpfs tmpfs rw
        4 1 0:40 / /home/bob rw - tmpfs tmpfs rw`)}`,
    },
  },
  "the file is another user's → refused": {
    want,
    values,
    have: there({ lines: [HOME, DIRECTORY, '8180 20002 20002 1 900 /home/bob/.kube/config'] }),
    op: 'refuse',
    names: ['20002'],
  },
  'the file is far too large → refused': {
    want,
    values,
    have: there({ lines: [HOME, DIRECTORY, '8180 20001 20001 1 900000 /home/bob/.kube/config'] }),
    op: 'refuse',
    names: ['256 KiB'],
  },
  'the file was exchanged while it was read → refused this time': {
    want,
    values,
    have: there({ content: mine, read: { uid: 0 } }),
    op: 'refuse',
  },
  'the file is not YAML → refused, nothing is lost': {
    want,
    values,
    have: there({ content: 'clusters: [' }),
    op: 'refuse',
    names: ['mv ~/.kube/config'],
  },
  'the file is YAML of something else → refused': {
    want,
    values,
    have: there({ content: 'clusters: everywhere\n' }),
    op: 'refuse',
  },
  'the file has an alias → refused': {
    want,
    values,
    have: there({ content: `${file({ user: 'bob' })}x: &a 1\ny: *a\n` }),
    op: 'refuse',
  },
  "the user's own entries refer to what must go → refused, nothing is lost": {
    want,
    values,
    have: there({
      content: 'users:\n- name: bob\n  user: &keys {token: old}\n- name: me\n  user: *keys\n',
    }),
    op: 'refuse',
  },
  'root cannot look into .kube → unknown, not absent': {
    want,
    values,
    have: {
      ...there({ lines: [HOME] }),
      'kube directories': '! /home/bob/.kube\n',
    },
    throws: /could not be looked at/,
  },

  'somebody who left and has our entries → they go, the file too when nothing is left': {
    want,
    values,
    have: there({
      lines: [HOME, DIRECTORY, CONFIG, '8180 20002 20002 1 900 /home/tom/.kube/config'],
      files: [
        { path: './home/bob/.kube/config', uid: 20001, content: file() },
        {
          path: './home/tom/.kube/config',
          uid: 20002,
          content: file({ user: 'tom', secret: canary('tom') }),
        },
      ],
    }),
    strays: { tom: 'remove' },
  },
  'somebody who left and has only entries of their own → nothing of ours': {
    want,
    values,
    have: there({
      lines: [HOME, DIRECTORY, CONFIG, '8180 20002 20002 1 900 /home/tom/.kube/config'],
      files: [
        { path: './home/bob/.kube/config', uid: 20001, content: file() },
        { path: './home/tom/.kube/config', uid: 20002, content: mine },
      ],
    }),
    strays: {},
  },
  'somebody who left and has what only kubectl reads → said': {
    want,
    values,
    have: there({
      lines: [HOME, DIRECTORY, CONFIG, '8180 20002 20002 1 900 /home/tom/.kube/config'],
      files: [
        { path: './home/bob/.kube/config', uid: 20001, content: file() },
        {
          path: './home/tom/.kube/config',
          uid: 20002,
          content: `extensions: &a []\n${file({ user: 'tom' })}`,
        },
      ],
    }),
    strays: { tom: 'refuse' },
  },
  'somebody who left and has a file that could not be read → said': {
    want,
    values,
    have: there({
      lines: [HOME, DIRECTORY, CONFIG, '8180 20002 20002 1 900000 /home/tom/.kube/config'],
      files: [{ path: './home/bob/.kube/config', uid: 20001, content: file() }],
    }),
    strays: { tom: 'refuse' },
  },
  'somebody who left and uses a file of root with our entries → they go': {
    want,
    values,
    have: there({
      lines: [HOME, DIRECTORY, CONFIG, '81a4 0 0 1 900 /home/tom/.kube/config', TOMS],
      files: [
        { path: './home/bob/.kube/config', uid: 20001, content: file() },
        { path: './home/tom/.kube/config', uid: 0, content: file({ user: 'tom' }) },
      ],
    }),
    strays: { tom: 'remove' },
  },
  'somebody who left, and cannot read the file of root with our entries → nothing': {
    want,
    values,
    have: there({
      lines: [HOME, DIRECTORY, CONFIG, '8180 0 0 1 900 /home/tom/.kube/config', TOMS],
      files: [
        { path: './home/bob/.kube/config', uid: 20001, content: file() },
        { path: './home/tom/.kube/config', uid: 0, content: file({ user: 'tom' }) },
      ],
    }),
    strays: {},
  },
  'somebody who left and has a link of root there, which kubectl follows → said': {
    want,
    values,
    have: there({
      lines: [HOME, DIRECTORY, CONFIG, 'a1ff 0 0 1 20 /home/tom/.kube/config', TOMS],
      files: [{ path: './home/bob/.kube/config', uid: 20001, content: file() }],
    }),
    strays: { tom: 'refuse' },
  },
  'somebody who left and has mounted something there → said': {
    want,
    values,
    have: {
      ...there({ content: file() }),
      'mounts at kube directories':
        '\x001 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:40 / /home/tom/.kube rw - fuse.sshfs tom@far: rw\n',
    },
    strays: { tom: 'refuse' },
  },
  'somebody who left and hides their directory → said, and the others are looked at': {
    want,
    values,
    have: {
      ...there({ content: file() }),
      'kube directories': printed(`${HOME}\n${DIRECTORY}\n${CONFIG}\n! /home/tom/.kube`),
    },
    strays: { tom: 'refuse' },
  },
}

cases(kubeconfig, table).run()
