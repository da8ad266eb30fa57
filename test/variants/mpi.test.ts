import * as assert from 'uvu/assert'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { kubectlIn } from '../support/kubectl.ts'
import { type AsUser, loginsOf } from '../support/login.ts'
import { runMpiJobs } from '../support/operators.ts'
import { inventoryFile, runPlaybook, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'
import { until } from '../support/until.ts'
import { assertClean, verify } from '../support/verify.ts'

const it = suite('MPIJobs by their own operator', { seconds: 300 })

let state: SandboxState
let table: InventoryInput
let files: Awaited<ReturnType<typeof inventoryFile>>
/** Two users, of a group each. */
let asAnn: AsUser
let asBen: AsUser

const kubectl = (command: string): Promise<string> => kubectlIn(state, command)

const works = async (as: AsUser, command: string): Promise<string> => {
  const { code, stdout, stderr } = await as(command)
  assert.is(code, 0, `${command}: ${stderr}`)
  return stdout.replaceAll(/ +/g, ' ')
}

const shows = (command: string, words: string): Promise<void> => until(() => works(asAnn, command), words)

const done = async (inventory: InventoryInput): Promise<void> => {
  const { code, summary } = await runPlaybook('setup', await files.write(inventory))
  assert.is(code, 0, summary)
}

it.before(async () => {
  state = await sandbox({ clients: 1 })
  await runMpiJobs(state)
  files = await inventoryFile()
  table = tenants('mpis', 48_500, state)
  ;({ asAnn, asBen } = loginsOf('mpis', state))
})

for (const isolation of ['document', 'strict'] as const) {
  it(`run from submit to delete, ${isolation}`, async () => {
    await done({ ...table, isolation })
    assert.not.match(await works(asAnn, 'arena list'), 'MPIJOB')
    await works(asAnn, 'arena submit mpi --name=mp --workers=2 --image=busybox "sleep 9"')
    await shows('arena list', 'mp RUNNING MPIJOB')
    await shows('arena get mp', 'mp-worker-1 Running')
    await shows('arena get mp', 'mp-launcher-')
    const logs = await asAnn('arena logs mp')
    assert.match(logs.stderr, /:10250/)
    assert.not.match(await works(asBen, 'arena list'), 'MPIJOB')
    assert.is((await asBen('arena get mp -n mpis1')).code, 1)
    assertClean(await verify(files.file))
    await works(asAnn, 'arena delete mp')
    const made = 'mpijobs,pods,statefulsets,jobs,configmaps'
    await until(() => kubectl(`get ${made} -n mpis1 -l mpi_job_name=mp`), 'No resources found')
    await until(() => kubectl('get role mp-launcher -n mpis1'), 'not found')
  })
}

it.run()
