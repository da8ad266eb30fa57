import { spawn } from 'node:child_process'
import * as assert from 'uvu/assert'
import { wordsOfRepair } from '../../lib/audit/repair.ts'
import { type Said, together } from '../../lib/audit/report.ts'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import { filesScript } from '../../lib/linux/departed-files.ts'
import { CHECKOUT, type SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { inventoryFile, runPlaybook, type Told, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { until } from '../support/until.ts'
import { reportIn } from '../support/verify.ts'

const it = suite('removal', { seconds: 120 })

const USERS = [
  'rmv-tom',
  'rmv-mnt',
  'rmv-tmp',
  'rmv-fork',
  'rmv-su',
  'rmv-twin',
  'rmv-big',
  'rmv-cut',
  'rmv-fixed',
  'rmv-late',
  'rmv-kill',
]
const uidOf = (name: string): number => 24_010 + USERS.indexOf(name)

let state: SandboxState
let inventory: string

const on = (script: string): Promise<string> => runOn('client01', script, state)

const remove = (name: string, ...flags: string[]): Promise<Told> =>
  runPlaybook('remove-user', inventory, '--name', name, ...flags)

/** What is planned for the home of somebody. */
const homeIn = ({ actions }: Told, name: string) =>
  actions.find(({ id }) => id === `departed-home/${name}`)!.change

const proofs = ({ stdout, summary }: Told): Said[] => {
  const line = stdout.split('\n').find((one) => one.includes('"type":"proof"'))
  assert.ok(line, summary)
  return together(reportIn(line).goals.flatMap(({ found }) => found))
}

const archiveOf = (name: string): string => `/var/backups/arena-playbooks/${name}-${uidOf(name)}.tar.gz`

const assertGone = async (name: string): Promise<void> => {
  const uid = uidOf(name)
  const left =
    `getent passwd ${name} || ls -d /home/${name} 2>&- || find /tmp /var/tmp -user ${uid}; pgrep -u ` +
    `${uid} || true`
  assert.is(await on(left), '')
}

/** Shell that runs a text as somebody. */
const AS = 'as() { setpriv --reuid="$1" --regid="$1" --init-groups sh -euc "$2"; }'

/** Runs a text of shell again and again as somebody, while something else happens. */
const meanwhile = async (user: string, text: string, action: () => Promise<void>): Promise<void> => {
  const pid = await on(
    `setsid setpriv --reuid=${user} --regid=${user} --init-groups \\
       sh -c 'while :; do ${text}; done' >/dev/null 2>&1 </dev/null &
     echo $!`,
  )
  try {
    await action()
  } finally {
    await on(`kill -9 -${pid.trim()}`)
  }
}

it.before(async () => {
  state = await sandbox()
  const table: InventoryInput = tenants('rmv', 14_000, state)
  inventory = await (await inventoryFile()).write({
    ...table,
    hosts: table.hosts.slice(0, 1),
    groups: table.groups.slice(0, 1),
    users: USERS.map((name) => ({ name, uid: uidOf(name), groups: ['rmv1'] })),
    volumes: [],
  })
  const { code, summary } = await runPlaybook('setup', inventory)
  assert.is(code, 0, summary)
})

it.after(() =>
  on(
    `home=/home/rmv-mnt
     for point in $home/open/?/nas $home/nas $home/bind $home /var/backups/arena-playbooks; do
       umount "$point" 2>/dev/null || true
     done
     for tool in /usr/bin/setpriv /usr/sbin/runuser; do [ ! -e $tool.off ] || mv $tool.off $tool; done
     rm -rf /srv/rmv /etc/rmv-canary /tmp/rmv* /usr/local/sbin/gzip /usr/local/sbin/rm
     rm -rf /var/backups/arena-playbooks/rmv-*
     userdel rmv-svc || true`,
  ),
)

it('refuses a home with mounts in it by name, takes the access all the same, and finishes without them', async () => {
  await on(
    `mkdir -p /srv/rmv /home/rmv-mnt/nas /home/rmv-mnt/bind /home/rmv-mnt/open/d/nas
     echo precious > /srv/rmv/keep
     mount -t tmpfs tmpfs /home/rmv-mnt/nas && echo precious > /home/rmv-mnt/nas/keep
     mount --bind /srv/rmv /home/rmv-mnt/bind
     mount --bind /srv/rmv /home/rmv-mnt/open/d/nas && chmod 0777 /home/rmv-mnt/open && chmod 0755 /home/rmv-mnt
     echo thesis > /home/rmv-mnt/thesis`,
  )
  const precious = 'cat /home/rmv-mnt/bind/keep /home/rmv-mnt/nas/keep /home/rmv-mnt/thesis'
  assert.is(await on(precious), 'precious\nprecious\nthesis\n')
  const check = await remove('rmv-mnt', '--check')
  assert.is(check.code, 1, check.summary)
  const refused = homeIn(check, 'rmv-mnt')
  assert.is(refused.op, 'refuse')
  assert.equal(refused.diffs.map(({ field, from }) => `${field} ${String(from).split(' ')[0]}`).toSorted(), [
    'mount /home/rmv-mnt/bind',
    'mount /home/rmv-mnt/nas',
    'mount /home/rmv-mnt/open/d/nas',
  ])
  assert.match(refused.hint!, 'umount /home/rmv-mnt/nas')

  const script = filesScript({ name: 'rmv-mnt', uid: uidOf('rmv-mnt') }, '/home/rmv-mnt')
  let first: Told | undefined
  // Somebody else has the directory above a mount under another name at each look.
  await meanwhile('rmv-tom', 'cd /home/rmv-mnt/open && mv d e; mv e d', async () => {
    first = await remove('rmv-mnt')
    const late = await on(`(${script}) 2>&1 || echo refused`)
    assert.match(late, /\/home\/rmv-mnt\/[\s\S]*refused/, 'a mount that came after the plan')
  })
  assert.is(first!.code, 1, first!.summary)
  assert.is(await on(precious), 'precious\nprecious\nthesis\n')
  assert.match(await on('getent shadow rmv-mnt'), /^rmv-mnt:!.*:1:$/m)
  const rights = 'kubectl get serviceaccounts,rolebindings -n rmv1 -o name | grep rmv-mnt || true'
  assert.is(await runOn('cluster', rights, state), '')
  const open = proofs(first!).filter(({ verdict }) => verdict === 'fail')
  assert.ok(open.some(({ repair }) => /umount.*\/home\/rmv-mnt\/nas/.test(wordsOfRepair(repair))))

  await on(
    'umount /home/rmv-mnt/nas /home/rmv-mnt/bind /home/rmv-mnt/open/?/nas; mount --bind /home/rmv-mnt /home/rmv-mnt',
  )
  const itself = homeIn(await remove('rmv-mnt', '--check'), 'rmv-mnt')
  assert.equal(
    itself.diffs.map(({ from }) => String(from).split(' ')[0]),
    ['/home/rmv-mnt'],
  )
  await on('umount /home/rmv-mnt')
  const second = await remove('rmv-mnt')
  assert.is(second.code, 0, second.summary)
  await assertGone('rmv-mnt')
  assert.is(await on('cat /srv/rmv/keep'), 'precious\n')
  const archive = archiveOf('rmv-mnt')
  const sum = (await on(`sha256sum < ${archive}`)).slice(0, 64)
  const kept = proofs(second).find(({ check }) => check.id === 'L5')!
  assert.match(kept.says, `${archive} (sha256 ${sum})`)
  assert.match(await on(`tar -tzf ${archive}`), 'home/rmv-mnt/thesis\n')

  const again = await on(
    `set +eu
     for file in more more other; do
       mkdir -m 0700 /home/rmv-mnt && touch -d @1 /home/rmv-mnt/$file && chown ${uidOf('rmv-mnt')} /home/rmv-mnt
       touch -d @1 /home/rmv-mnt
       (${script})
     done
     sha256sum < ${archive}; ls -d /var/backups/arena-playbooks/rmv-mnt-*.gz | wc -l`,
  )
  assert.match(again, new RegExp(`${sum} .*\\n3\\n$`), 'no archive is replaced, and none is written twice')
})

it('deletes nothing of what is mounted after the last look, when what is mounted is deleted all the same', async () => {
  const comes = (path: string): string => `until [ -e ${path} ]; do sleep 0.1; done`
  const last = `touch /run/rmv-last; ${comes('/run/rmv-mounted')}`
  const waits = `case $* in "-f --one-file-system -- "*) ${last} ;; esac`
  const mount = 'mount --bind /srv/rmv /home/rmv-late/nas'
  const mounts = `${comes('/run/rmv-last')}; ${mount}; touch /run/rmv-mounted`
  await on(
    `mkdir -p /srv/rmv /home/rmv-late/nas && echo precious > /srv/rmv/keep
     printf '%s\n' '#!/bin/sh' '${waits}' 'exec /bin/rm "$@"' > /usr/local/sbin/rm
     chmod 755 /usr/local/sbin/rm
     setsid sh -c '${mounts}' </dev/null >/dev/null 2>&1 &`,
  )
  const { code, summary } = await remove('rmv-late')
  await on('rm /usr/local/sbin/rm')
  assert.is(await on('cat /run/rmv-mounted; cat /srv/rmv/keep'), 'precious\n')
  assert.is(code, 0, summary)
  await assertGone('rmv-late')
})

it('deletes only what is theirs in /tmp, whatever its name is and whoever moves directories meanwhile', async () => {
  await on(
    `${AS}
     mkdir -p /etc/rmv-canary && cd /etc/rmv-canary && seq 40 | xargs touch
     as rmv-tom 'mkdir /tmp/rmvt && mkdir -m 0777 /tmp/rmvt/d'
     as rmv-tmp 'cd /tmp/rmvt/d && for b in a b c; do mkdir $b; (cd $b && seq 200 | xargs touch); done
       seq 40 | xargs touch
       mkdir -m 0777 /tmp/rmv-all && echo own > /tmp/rmv-all/own
       cd /tmp && touch rmvx "$(printf "rmvx\\n-Cetc\\nshadow\\n-C..")" "$(printf "rmvx\\ny")"
       mkdir -m 0777 /home/rmv-tmp/open && chmod 0755 /home/rmv-tmp'
     as rmv-tom 'echo of-tom > /tmp/rmv-all/of-tom
       mkdir /home/rmv-tmp/open/toms && echo of-tom > /home/rmv-tmp/open/toms/file
       d="$(printf "/tmp/rmvb\\n${uidOf('rmv-tmp')} ")"; mkdir "$d" && touch "$d/etc"'`,
  )
  const planned = homeIn(await remove('rmv-tmp', '--check'), 'rmv-tmp').diffs
  const given = planned.filter(({ field }) => field === 'given to root')
  assert.equal(
    given.map(({ from }) => from),
    ['/tmp/rmv-all'],
  )
  assert.match(String(given[0]!.to), '/tmp/rmv-all/of-tom')
  assert.not(planned.some(({ from }) => from === '/etc'))

  const moving =
    'cd /tmp/rmvt; mv d r; ln -s /etc/rmv-canary d; rm d; mv r d; cd /home/rmv-tmp/open && mv toms t ' +
    '&& ln -s /etc toms; rm toms; mv t toms'
  await meanwhile('rmv-tom', moving, async () => {
    await remove('rmv-tmp')
    assert.is(await on('ls /etc/rmv-canary | wc -l'), '40\n')
  })
  const { code, summary } = await remove('rmv-tmp')
  assert.is(code, 0, summary)
  assert.is(await on('ls /etc/rmv-canary | wc -l'), '40\n')
  await assertGone('rmv-tmp')
  const left =
    "cat /tmp/rmv-all/of-tom; stat -c '%U %a' /tmp/rmv-all; ls -A /tmp/rmv-all; find /tmp -name '.arena-*'"
  assert.is(await on(left), 'of-tom\nroot 777\nof-tom\n')
  const members = await on(
    'for archive in /var/backups/arena-playbooks/rmv-tmp-*.gz; do tar -tzvf $archive; done',
  )
  assert.not.match(members, /shadow \d/)
  assert.not.match(members, 'toms/passwd')
  for (const member of ['/toms/file\n', '/tmp/rmv-all/own\n', '/tmp/rmvx\\ny\n', '/a/200\n'])
    assert.match(members, member)
})

/** Ends before anybody has read of it, and goes on as its own child. */
const COMET = 'fork and exit; setpgrp; while (1) { exit if fork; select undef, undef, undef, 0.002 }'

for (const [name, missing, range] of [
  ['rmv-fork', '', 2_000_000_000],
  ['rmv-su', '/usr/bin/setpriv /usr/sbin/runuser', 2_000_010_000],
] as const)
  it(`ends what forks faster than it is seen, ${missing === '' ? 'in one call' : 'also without setpriv'}`, async () => {
    // What a container of theirs runs as, and an id that somebody else may use too.
    const [contained, shared] = [range + 3, range + 5]
    await on(
      `${AS}
       as ${name} 'echo thesis > ~${name}/thesis; setsid perl -e "${COMET}" </dev/null >/dev/null 2>&1'
       printf '%s\\n' ${name}:${range}:10 rmv-tom:${shared}:1 >> /etc/subuid
       for id in ${contained} ${shared}; do
         setsid setpriv --reuid=$id --regid=$id --clear-groups sleep 9999 </dev/null >/dev/null 2>&1 &
       done
       setsid perl -e '$< = ${uidOf('rmv-tom')}; $> = ${uidOf(name)}; sleep 9999' </dev/null >/dev/null 2>&1 &
       echo $! > /run/rmv-setuid`,
    )
    const acting = `awk '/^Uid:/ { print $2, $3 }' /proc/$(cat /run/rmv-setuid)/status 2>/dev/null || echo ended`
    // As set-user-id programs do.
    await until(() => on(acting), `${uidOf('rmv-tom')} ${uidOf(name)}\n`)
    const runningAs = (id: number) => on(`for look in $(seq 50); do pgrep -u ${id} || true; done | wc -l`)
    const isRunning = (id: number) =>
      on(`for look in $(seq 200); do ! pgrep -u ${id} >/dev/null || { echo yes; break; }; done`)
    for (const id of [uidOf(name), contained, shared]) await until(() => isRunning(id), 'yes')
    await on(`for tool in ${missing}; do mv $tool $tool.off; done`)
    const { code, summary } = await remove(name)
    await on(`for tool in ${missing}; do mv $tool.off $tool; done`)
    assert.is(code, 0, summary)
    for (const id of [uidOf(name), contained]) assert.is(await runningAs(id), '0\n')
    assert.ok(Number(await runningAs(shared)) > 0, 'which may be another’s')
    await on(`setpriv --reuid=${shared} --regid=${shared} --clear-groups sh -c 'kill -9 -1' || true`)
    assert.is(await on(acting), 'ended\n')
    await assertGone(name)
    assert.match(await on(`tar -tzf ${archiveOf(name)}`), `home/${name}/thesis\n`)
  })

/** The same, which first kills whatever else runs as its user, so that no call as that user comes to anything. */
const KILLER =
  'exit if fork; setpgrp; while (1) { kill KILL => -1; exit if fork; select undef, undef, undef, 0.001 }'

it('sees what forks all the time, and ends it also where it kills all that runs as its user', async () => {
  const uid = uidOf('rmv-kill')
  const forks = (text: string) =>
    on(
      `setsid setpriv --reuid=${uid} --regid=${uid} --clear-groups perl -e '${text}' </dev/null >/dev/null 2>&1 &
       sleep 1`,
    )
  const isRunning = () => on(`for look in $(seq 100); do pgrep -u ${uid} || true; done | head -n 1 | wc -l`)
  const sessionsIn = ({ actions }: Told) =>
    actions.find(({ id }) => id === 'departed-sessions/rmv-kill')?.change
  await on('echo thesis > /home/rmv-kill/thesis')
  await forks(KILLER)
  assert.is(await isRunning(), '1\n')
  const asUser = `setpriv --reuid=${uid} --regid=${uid} --clear-groups sh -c 'sleep 1; echo done' || echo killed`
  assert.is(await on(asUser), 'killed\n')
  const first = await remove('rmv-kill')
  assert.is(first.code, 0, first.summary)
  assert.is(sessionsIn(first)?.op, 'remove')
  assert.is(await isRunning(), '0\n')
  await assertGone('rmv-kill')
  assert.match(await on(`tar -tzf ${archiveOf('rmv-kill')}`), 'home/rmv-kill/thesis\n')

  // Of somebody whose account and home are gone.
  await forks(COMET)
  assert.is(await isRunning(), '1\n')
  const again = await remove('rmv-kill')
  assert.is(again.code, 0, again.summary)
  assert.is(sessionsIn(again)?.op, 'remove')
  assert.is(await isRunning(), '0\n')
})

it('refuses a home that is the home of another account too, and leaves what is in it', async () => {
  await on(
    `useradd -M -u 24050 -d /home/rmv-twin rmv-svc
     echo data > /home/rmv-twin/svc.db && chown rmv-svc /home/rmv-twin/svc.db`,
  )
  const check = await remove('rmv-twin', '--check')
  assert.is(check.code, 1, check.summary)
  assert.equal(
    homeIn(check, 'rmv-twin').diffs.map(({ from }) => from),
    ['rmv-svc /home/rmv-twin'],
  )
  assert.is((await remove('rmv-twin')).code, 1)
  assert.is(await on('cat /home/rmv-twin/svc.db'), 'data\n')
  await on('usermod -d /nonexistent rmv-twin')
  const { code, summary } = await remove('rmv-twin', '--home-directory', '/nonexistent')
  assert.is(code, 0, summary)
  assert.is(
    await on('cat /home/rmv-twin/svc.db; getent passwd rmv-twin || true; rm -r /home/rmv-twin'),
    'data\n',
  )
})

/** Passes on 100 kB a second. */
const SLOWLY = '$| = 1; while (read STDIN, my $part, 100_000) { print $part; sleep 1 }'

const SLOW_GZIP = `printf '%s\\n' '#!/bin/sh' '/bin/gzip "$@" | perl -e '"'"'${SLOWLY}'"'" > /usr/local/sbin/gzip
chmod 755 /usr/local/sbin/gzip`

it('looks for room before it archives, and waits for an archive that takes longer than --timeout', async () => {
  const archives = '/var/backups/arena-playbooks'
  await on(
    `head -c 1500000 /dev/urandom > /home/rmv-big/data
     mount -t tmpfs -o size=1m,mode=700 tmpfs ${archives}`,
  )
  const check = await remove('rmv-big', '--check')
  assert.is(check.code, 1, check.summary)
  assert.equal(
    homeIn(check, 'rmv-big').diffs.map(({ field }) => field),
    ['kB'],
  )
  await on(
    `umount ${archives}
     touch ${archives}/rmv-big-${uidOf('rmv-big')}.new
     ${SLOW_GZIP}`,
  )
  const { code, summary } = await remove('rmv-big', '--timeout', '10')
  assert.is(code, 0, summary)
  await assertGone('rmv-big')
  assert.match(await on(`tar -tzf ${archiveOf('rmv-big')}; ls ${archives}`), 'home/rmv-big/data\n')
  assert.is(await on(`ls ${archives} | grep -c 'rmv.*new$' || true`), '0\n')
})

it('does not call a home gone of which something cannot be deleted, and finishes once it can', async () => {
  await on(
    `cd /home/rmv-fixed && mkdir sub && echo kept > sub/kept && echo thesis > thesis
     chown -R rmv-fixed: . && chattr +i sub/kept`,
  )
  const first = await remove('rmv-fixed')
  assert.is(first.code, 1, first.summary)
  assert.is(
    await on('cat /home/rmv-fixed/sub/kept; getent passwd rmv-fixed | cut -d: -f1'),
    'kept\nrmv-fixed\n',
  )
  assert.ok(proofs(first).some(({ check, verdict }) => check.id === 'L5' && verdict === 'fail'))
  const archive = archiveOf('rmv-fixed')
  const sum = await on(`sha256sum ${archive}`)
  const members = await on(`tar -tzf ${archive}`)
  for (const name of ['sub/kept', 'thesis']) assert.match(members, `home/rmv-fixed/${name}\n`)
  await on('chattr -i /home/rmv-fixed/sub/kept')
  const { code, summary } = await remove('rmv-fixed')
  assert.is(code, 0, summary)
  await assertGone('rmv-fixed')
  assert.is(await on(`sha256sum ${archive}`), sum)
})

it('waits for an archive that a run which was killed left at work, and finishes what it began', async () => {
  const archives = '/var/backups/arena-playbooks'
  const gated = '/bin/gzip "$@" | { head -c 100000; until [ -e /run/rmv-go ]; do sleep 0.1; done; cat; }'
  await on(
    `head -c 1500000 /dev/urandom > /home/rmv-cut/data
     rm -f /run/rmv-go; printf '%s\\n' '#!/bin/sh' '${gated}' > /usr/local/sbin/gzip; chmod 755 /usr/local/sbin/gzip`,
  )
  const run = ['playbooks/remove-user.ts', inventory, '--name', 'rmv-cut']
  const killed = spawn(process.execPath, run, { cwd: CHECKOUT, stdio: 'ignore' })
  const growing = `stat -c %s ${archives}/rmv-cut-*.new 2>/dev/null || echo 0`
  while (Number(await on(growing)) === 0) assert.is(killed.exitCode, null, 'ended before it archived')
  killed.kill('SIGKILL')
  assert.is(await on(`ls /home/rmv-cut; ls ${archives} | grep -c 'rmv-cut.*gz$' || true`), 'data\n0\n')
  const second = remove('rmv-cut')
  await on('sleep 3; touch /run/rmv-go')
  const { code, summary } = await second
  assert.is(code, 0, summary)
  await assertGone('rmv-cut')
  assert.match(await on(`tar -tzf ${archiveOf('rmv-cut')}`), 'home/rmv-cut/data\n')
  assert.is(await on(`ls ${archives} | grep -c 'rmv.*new$' || true`), '0\n')
})

it.run()
