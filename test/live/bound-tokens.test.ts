import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import { claimsOf } from '../../lib/kube/token-claims.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { audited } from '../support/audit.ts'
import { kubectlIn } from '../support/kubectl.ts'
import { inventoryFile, runPlaybook, type Told, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { until } from '../support/until.ts'
import { verify } from '../support/verify.ts'

const it = suite('tokens that end, in isolation document', { seconds: 240 })

const CONFIG = '/home/ends-ann/.kube/config'

let state: SandboxState
let file: string
let lasting: InventoryInput
let ending: InventoryInput
let files: Awaited<ReturnType<typeof inventoryFile>>

const done = async (inventory: InventoryInput, playbook = 'setup', ...flags: string[]): Promise<Told> => {
  file = await files.write(inventory)
  const told = await runPlaybook(playbook, file, ...flags)
  assert.is(told.code, 0, told.summary)
  return told
}

const tokenOn = async (host: string): Promise<string> =>
  /token: "?([\w.-]+)/.exec(await runOn(host, `cat ${CONFIG}`, state))![1]!

const endOf = (token: string): number | undefined => claimsOf(token.split('.')[1]!)?.exp

const secretsOf = (type: string): Promise<string> =>
  kubectlIn(state, `get secrets -n ends1 --field-selector type=${type} -o name`)

const ANCHORS = 'arena-playbooks/token-anchor'
const TOKENS = 'kubernetes.io/service-account-token'

/** What the API server says to ann with a token. */
const asAnn = (token: string): Promise<string> =>
  runOn(
    'client01',
    `umask 077; sed 's/token: .*/token: "${token}"/' ${CONFIG} > /tmp/ends.config; ` +
      'arena-kubectl --kubeconfig /tmp/ends.config get pods -n ends1 2>&1 || true; rm /tmp/ends.config',
    state,
  )

it.before(async () => {
  state = await sandbox()
  lasting = tenants('ends', 59_000, state)
  ending = { ...lasting, tokens: 'bound' }
  files = await inventoryFile()
})

it('gives tokens that never end where nothing else is asked for', async () => {
  await done(lasting)
  assert.is(endOf(await tokenOn('client01')), undefined)
  assert.is(await secretsOf(TOKENS), 'secret/ends-ann-token-1\n')
  assert.is(await secretsOf(ANCHORS), '')
})

it('gives tokens that end in one run, the same on all machines, and the old ones are dead', async () => {
  const before = await tokenOn('client01')
  assert.match(await asAnn(before), 'No resources found')
  const requests = await audited(state, () => done(ending))
  const asked = requests.filter(({ requestURI }) => requestURI.endsWith('/token'))
  assert.is(asked.length, 2, 'one for each user, however many machines')
  const token = await tokenOn('client01')
  assert.is(await tokenOn('client02'), token)
  const days = (endOf(token)! - Date.now() / 1000) / 86_400
  assert.ok(days > 89 && days < 91, `${days} days`)
  assert.match(await asAnn(token), 'No resources found')
  assert.is(await secretsOf(TOKENS), '')
  assert.is(await secretsOf(ANCHORS), 'secret/ends-ann-token-2\n', 'no name that a token still has')
  await until(() => asAnn(before), 'Unauthorized')
})

it('finds nothing to do then, and tells when the first of them ends', async () => {
  const told = await done(ending)
  assert.equal(told.changes, [])
  assert.is(told.recap!.tokens?.users, 2)
  assert.ok(told.recap!.tokens!.soonest.days >= 89)
})

it('lets verify see tokens that end and no other', async () => {
  const { failures, gaps } = await verify(file, '--only', 'A')
  assert.equal(
    [...failures, ...gaps].filter(({ check }) => check.id === 'A2' || check.id === 'A6'),
    [],
  )
})

it('rotates them', async () => {
  const before = await tokenOn('client01')
  await done(ending, 'rotate-credentials', '--now')
  const token = await tokenOn('client01')
  assert.is.not(token, before)
  assert.ok(endOf(token)! > Date.now() / 1000)
  assert.is(await secretsOf(ANCHORS), 'secret/ends-ann-token-3\n')
  await until(() => asAnn(before), 'Unauthorized')
})

it('goes back to tokens that never end', async () => {
  const before = await tokenOn('client01')
  await done(lasting)
  const token = await tokenOn('client01')
  assert.is(endOf(token), undefined)
  assert.match(await asAnn(token), 'No resources found')
  assert.is(await secretsOf(ANCHORS), '')
  assert.is(await secretsOf(TOKENS), 'secret/ends-ann-token-4\n')
  await until(() => asAnn(before), 'Unauthorized')
  assert.equal((await done(lasting)).changes, [])
})

it.run()
