import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { CHECKOUT, type SandboxState } from '../../sandbox/state.ts'
import { inventoryFile, tenants } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'

const it = suite('local run', { seconds: 120 })

let state: SandboxState
let inventory: string

it.before(async () => {
  state = await sandbox()
  const table = tenants('here', 52_000, state)
  inventory = await (await inventoryFile()).write({
    ...table,
    hosts: [{ name: 'client01', connection: 'local' }],
  })
})

/** A shell on a copy-on-write root of this machine, in which this checkout and /tmp are the real ones. */
const onThisMachine = async (script: string): Promise<string> => {
  const world = `
    set -eu
    mount -t tmpfs none /mnt
    mkdir /mnt/upper /mnt/work /mnt/root
    mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work none /mnt/root
    for path in /proc /dev /tmp ${CHECKOUT}; do mkdir -p /mnt/root$path; mount --rbind $path /mnt/root$path; done
    cd /mnt/root
    exec chroot . sh -c 'cd "$0" && exec sh' ${CHECKOUT}`
  const child = promisify(execFile)('unshare', ['--mount', 'sh', '-c', world], { maxBuffer: 2 ** 26 })
  child.child.stdin!.end(script)
  return (await child).stdout
}

it('sets up the machine that it runs on, without SSH', async () => {
  const setup = `${process.execPath} playbooks/setup.ts ${inventory} --output lines`
  const said = await onThisMachine(`
    ! getent passwd here-ann || exit 9
    ${setup}
    ${setup} --check
    getent passwd here-ann
    stat -c '%a %U' /home/here-ann /home/here-ann/.kube/config
    su - here-ann -c 'arena-kubectl get pods' 2>&1`)
  assert.match(said, /client01 +ok=0 changed=\d+ failed=0 skipped=0 unreachable=0/)
  assert.match(said, 'Plan: nothing to do')
  assert.match(said, 'here-ann:x:52010:52010')
  assert.match(said, /700 here-ann\n600 here-ann/)
  assert.match(said, 'No resources found in here1 namespace')
})

it.run()
