import { arenaClient } from '../../tasks/arena-client.ts'
import { cases } from '../support/cases.ts'
import { printed } from '../support/printed.ts'

const sha256 = 'ab'.repeat(32)
const want = { archive: '/srv/arena-installer-0.15.5-linux-amd64.tar.gz', sha256 }
const probe = `release /opt/arena ${sha256}`

const ROOT = 'path 41ed 0 /opt/arena'
const LINKS = [
  `link /opt/arena/current ${sha256}`,
  'link /usr/local/bin/arena-helm /opt/arena/current/bin/helm',
  'link /charts /opt/arena/current/charts',
]
const FRONT = ['path 81ed 0 /usr/local/bin/arena', 'same /usr/local/bin/arena']
const KUBECTL = ['path 81ed 0 /usr/local/bin/arena-kubectl', 'same /usr/local/bin/arena-kubectl']
const PLACED = [ROOT, ...LINKS, ...FRONT, ...KUBECTL]

const there = (lines: string[], machine = 'x86_64') => ({
  processor: `${machine}\n`,
  [probe]: printed(lines.join('\n')),
})
const without = (path: string, ...instead: string[]): string[] => [
  ...PLACED.filter((line) => !line.replaceAll("'", '').split(' ').includes(path)),
  ...instead,
  'unpacked',
]

cases(arenaClient, {
  'absent → uploaded, checked, unpacked, linked': {
    want,
    have: there([]),
    op: 'create',
    why: [
      'archive',
      '/opt/arena/current',
      '/usr/local/bin/arena-helm',
      '/charts',
      '/usr/local/bin/arena',
      '/usr/local/bin/arena-kubectl',
    ],
    does: [
      `"do":"upload","from":"${want.archive}"`,
      `"to":"/opt/arena/.incoming/${sha256}.tar.gz"`,
      'sha256sum',
      'tar -xz',
      'chown -hR 0:0',
      `link ${sha256} /opt/arena/current`,
      'link /opt/arena/current/charts /charts charts',
      "front '#!/bin/sh\n",
      '_bin=/opt/arena/current/bin\n',
      ' /usr/local/bin/arena usr-local-bin-arena\n',
      ' /usr/local/bin/arena-kubectl usr-local-bin-arena-kubectl\n',
    ],
  },
  'an archive for each processor → that of the machine': {
    want: {
      archives: {
        amd64: { archive: '/srv/arena-linux-amd64.tar.gz', sha256: 'cd'.repeat(32) },
        arm64: { archive: '/srv/arena-linux-arm64.tar.gz', sha256 },
      },
    },
    have: there([], 'aarch64'),
    op: 'create',
    does: ['"from":"/srv/arena-linux-arm64.tar.gz"', `link ${sha256} /opt/arena/current`],
  },
  'none for the processor of the machine → refused': {
    want: { archives: { amd64: want } },
    have: there([], 'aarch64'),
    op: 'refuse',
    names: ['arm64', 'arena.archives'],
  },
  'in place → kept': { want, have: there([...PLACED, 'unpacked']) },
  'in place as busybox tells it → kept': {
    want,
    have: there([
      ...PLACED.map((line) => (line.includes('->') ? line : line.replaceAll("'", ''))),
      'unpacked',
    ]),
  },
  'a newer archive → unpacked beside the old one, one link turned': {
    want,
    have: there([ROOT, LINKS[0]!.replace(sha256, 'cd'.repeat(32)), ...LINKS.slice(1), ...FRONT, ...KUBECTL]),
    op: 'update',
    why: ['archive', '/opt/arena/current'],
    does: ['upload', `link ${sha256} /opt/arena/current`],
  },
  'unpacked before → only the link is turned': {
    want,
    have: there(without('/opt/arena/current', `link /opt/arena/current ${'cd'.repeat(32)}`)),
    op: 'update',
    why: ['/opt/arena/current'],
  },
  'a link is gone → made again, nothing is uploaded': {
    want,
    have: there(without('/charts')),
    op: 'update',
    why: ['/charts'],
    does: ['link /opt/arena/current/charts /charts'],
  },
  'a link leads elsewhere → turned': {
    want,
    have: there(without('/charts', 'link /charts /tmp/charts')),
    op: 'update',
    why: ['/charts'],
  },
  'the link of an earlier set-up where the front goes → replaced': {
    want,
    have: there(without('/usr/local/bin/arena', 'link /usr/local/bin/arena /opt/arena/current/bin/arena')),
    op: 'update',
    why: ['/usr/local/bin/arena'],
    does: ['front '],
  },
  'the link of an earlier version where the front of kubectl goes → replaced': {
    want,
    have: there(
      without(
        '/usr/local/bin/arena-kubectl',
        'link /usr/local/bin/arena-kubectl /opt/arena/current/bin/kubectl',
      ),
    ),
    op: 'update',
    why: ['/usr/local/bin/arena-kubectl'],
    does: ['front '],
  },
  'the front is gone → written again, nothing is uploaded': {
    want,
    have: there(without('/usr/local/bin/arena')),
    op: 'update',
    why: ['/usr/local/bin/arena'],
    does: ['front '],
  },
  'the front may be written by others and is not of root → put right': {
    want,
    have: there(without('/usr/local/bin/arena', 'path 81ff 1000 /usr/local/bin/arena', FRONT[1]!)),
    op: 'update',
    why: ['/usr/local/bin/arena'],
  },
  'another text or program where the front goes → replaced, kept and named': {
    want,
    have: there(without('/usr/local/bin/arena', FRONT[0]!)),
    op: 'update',
    why: ['/usr/local/bin/arena'],
    names: ['/usr/local/bin/arena', '/opt/arena/replaced'],
  },
  'files are not as they were unpacked → unpacked again': {
    want,
    have: there([
      ...PLACED,
      'unpacked',
      'now 81fd 0:0 65786018 ./bin/arena',
      'was 81ed 0:0 65786018 ./bin/arena',
      'now 81a4 1000:1000 7 ./charts/x y.yaml',
      'was 81a4 0:0 14873 ./install.sh',
    ]),
    op: 'update',
    why: ['bin/arena', 'charts/x y.yaml', 'install.sh'],
    does: ['upload'],
  },
  'a file was written to and has as many bytes as before → unpacked again': {
    want,
    have: there([
      ...PLACED,
      'unpacked',
      'now 81a4 0:0 97@1796026140 ./charts/tfjob/Chart.yaml',
      'was 81a4 0:0 97@0 ./charts/tfjob/Chart.yaml',
    ]),
    op: 'update',
    why: ['charts/tfjob/Chart.yaml'],
    does: ['upload'],
  },
  'many files differ → ten are named': {
    want,
    have: there([
      ...PLACED,
      'unpacked',
      ...Array.from({ length: 30 }, (_, n) => `now 81b4 0:0 1 ./charts/${n}`),
    ]),
    op: 'update',
    why: [...Array.from({ length: 10 }, (_, n) => `charts/${n}`), 'files'],
  },
  'the directory is open to others → closed': {
    want,
    have: there(['path 41ff 0 /opt/arena', ...LINKS, ...FRONT, ...KUBECTL, 'unpacked']),
    op: 'update',
    why: ['/opt/arena'],
    does: ['chmod 00755 .'],
  },
  'installed by install.sh before → adopted, what was there is kept and named': {
    want,
    have: there(['path 81ed 0 /usr/local/bin/arena', 'path 41ed 0 /charts']),
    op: 'adopt',
    names: ['/usr/local/bin/arena', '/opt/arena/replaced', '/charts'],
  },
  'an archive for another kind of machine → refused': {
    want,
    have: there([], 'aarch64'),
    op: 'refuse',
    names: ['amd64', 'arm64'],
  },
  'a name that does not tell the kind of machine → taken': {
    want: { ...want, archive: '/srv/arena.tar.gz' },
    have: there([], 'riscv64'),
    op: 'create',
  },
}).run()
