import { readFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { inventoryFile, runPlaybook, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'

const it = suite('hostile', { seconds: 120 })

let state: SandboxState
let inventory: string

it.before(async () => {
  state = await sandbox()
  inventory = await (await inventoryFile()).write(tenants('foe', 39_000, state))
  const { code, summary } = await runPlaybook('setup', inventory)
  assert.is(code, 0, summary)
  await runOn(
    'client01',
    `mkdir -p -m 700 /root/.kube
     cat > /root/.kube/config <<'EOF'
clusters: [{name: c, cluster: {server: x}}]
users: [{name: admin, user: {token: of-the-administrator}}]
contexts: []
EOF`,
    state,
  )
})

/** Runs a script again and again on client01 as somebody, while something else happens. */
const meanwhile = async (user: string, script: string, action: () => Promise<void>): Promise<void> => {
  const loop = `while :; do ${script}; done`
  const pid = await runOn(
    'client01',
    `setsid setpriv --reuid=${user} --regid=$(id -g ${user}) --init-groups bash -c '${loop}' ` +
      '>/dev/null 2>&1 </dev/null &\necho $!',
    state,
  )
  try {
    await action()
  } finally {
    await runOn('client01', `kill -9 -- -${pid.trim()} 2>/dev/null || kill -9 ${pid.trim()}`, state)
  }
}

const EVERYTHING_ELSE =
  "stat -c '%n %U %a' /etc /etc/shadow /root/.kube /root/.kube/config /home/foe-ben " +
  '/home/foe-ben/.kube /home/foe-ben/.kube/config; sha256sum /root/.kube/config ' +
  '/home/foe-ben/.kube/config; ls -A /root/.kube /home/foe-ben/.kube'

/** Whatever the user does, root's and other users' files stay as they are and nothing of them comes to the user. */
const withstands = async (before: string, script: string): Promise<void> => {
  await runOn('client01', before, state)
  const untouched = await runOn('client01', EVERYTHING_ELSE, state)
  await meanwhile('foe-ann', `cd /home/foe-ann; ${script}`, async () => {
    for (let round = 0; round < 8; round++)
      await runPlaybook('setup', inventory, '--limit', 'client01,cluster')
  })
  assert.is(await runOn('client01', EVERYTHING_ELSE, state), untouched)
  assert.is(await runOn('client01', 'grep -rls of-the-administrator /home/foe-ann || true', state), '')
  await runOn('client01', 'rm -rf /home/foe-ann/.kube /home/foe-ann/k', state)
  const { code, summary } = await runPlaybook('setup', inventory)
  assert.is(code, 0, summary)
}

it("gets nothing by putting a link to root's directory in place of their own", () =>
  withstands('true', 'mv .kube k; ln -s /root/.kube .kube; rm .kube; mv k .kube'))

it("gets nothing by putting a link to root's file in place of their own", () =>
  withstands('true', 'cp .kube/config c; ln -sf /root/.kube/config .kube/config; mv -f c .kube/config'))

it("is not given another user's directory in place of the one that is handed over to them", () =>
  withstands(
    'chown root:root /home/foe-ann/.kube',
    'mv .kube k; ln -s /home/foe-ben/.kube .kube; rm .kube; mv k .kube',
  ))

it('does not hold up the run with a pipe', () =>
  withstands('true', 'cp .kube/config c; rm -f .kube/config; mkfifo .kube/config; mv -f c .kube/config'))

it('sees neither passwords nor tokens in the process list', async () => {
  await runOn('client01', 'userdel -r foe-ben; userdel -r foe-ann', state)
  await meanwhile(
    'nobody',
    'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" "\\n" >> /tmp/seen',
    async () => {
      const { code, summary } = await runPlaybook('setup', inventory)
      assert.is(code, 0, summary)
    },
  )
  const seen = await runOn('client01', 'cat /tmp/seen && rm /tmp/seen', state)
  assert.match(seen, 'useradd')
  assert.match(seen, 'foe-ann')
  const config = await runOn('client01', 'cat /home/foe-ann/.kube/config', state)
  const [, token] = /token: "(.*)"/.exec(config)!
  const password = (await readFile(state.passwords['bob']!, 'utf8')).trim()
  for (const secret of [token!, password]) assert.is(seen.includes(secret), false)
})

it.run()
