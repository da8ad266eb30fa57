import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import * as assert from 'uvu/assert'
import { debian } from '../../../support/debian.ts'
import { suite } from '../../../support/suite.ts'

const it = suite('ssh without file descriptors', { seconds: 60 })

/** A port of this machine where nobody listens. */
const NOBODY = { name: 'client01', address: '127.0.0.1', port: 1, user: 'root', sshConfig: 'none' }

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH'

/** What a process says of an attempt that has not, and then has, the file descriptors that it takes. */
const attempts = async (attempt: string): Promise<string[]> => {
  const ssh = (await debian(['ssh'])).path('ssh')
  const program = `
    import { closeSync, openSync } from 'node:fs'
    import { Readable } from 'node:stream'
    import { isAutomationError } from './lib/base/errors.ts'
    import { Children } from './lib/connect/host/children.ts'
    import { readByClient } from './lib/connect/openssh/client.ts'
    import { logIn } from './lib/connect/openssh/login.ts'
    import { connectOpenSsh } from './lib/connect/openssh/openssh.ts'
    const { signal } = new AbortController()
    const ssh = ${JSON.stringify(ssh)}
    const nobody = ${JSON.stringify(NOBODY)}
    const endpoint = {
      ...nobody,
      subject: 'client01',
      hostName: nobody.address,
      knownHosts: [],
      identityFiles: [],
      identitiesOnly: false,
    }
    const attempt = async () => { ${attempt} }
    const said = () => attempt().then(
      () => 'ok',
      (error) => isAutomationError(error) ? error.code + ': ' + error.reason : error.stack,
    )
    const taken = []
    try { for (;;) taken.push(openSync('/dev/null')) } catch {}
    const without = await said()
    for (const one of taken) closeSync(one)
    console.log(without)
    console.log(await said())
    process.exit()`
  const limited = ['-c', 'ulimit -n 60 && exec "$@"', 'sh', process.execPath, '--input-type=module', '-e']
  const { stdout, stderr } = spawnSync('sh', [...limited, program], {
    encoding: 'utf8',
    // Nothing that Node opens files for by the way, such as NODE_EXTRA_CA_CERTS.
    env: { PATH: `${dirname(ssh)}:${process.env['PATH']}` },
  })
  assert.is(stderr, '')
  return stdout.trimEnd().split('\n')
}

for (const [what, attempt, afterwards] of [
  [
    'a host',
    'await connectOpenSsh(nobody, { signal, timeoutMs: 20_000 })',
    /^unreachable: 127\.0\.0\.1:1: connection refused$/,
  ],
  [
    'its configuration',
    `await readByClient(ssh, 'client01', signal, 20_000).options({ address: 'x', user: undefined }, 'none')`,
    /^ok$/,
  ],
  [
    'a login',
    `await logIn({ path: ssh, sshConfig: 'none' }, endpoint, undefined, signal)`,
    /^unreachable: 127\.0\.0\.1:1: connection refused$/,
  ],
  [
    'a login with a key that is pinned',
    `await logIn({ path: ssh, sshConfig: 'none' }, { ...endpoint, hostKey: ['${KEY}'] }, undefined, signal)`,
    /^unreachable: 127\.0\.0\.1:1: connection refused$/,
  ],
  [
    'a command',
    `const streams = { stdin: Readable.from([]), onStdout() {}, onStderr() {} }
    const children = new Children((child) => child.kill())
    await children.run([ssh, '-V'], streams, signal, { subject: 'client01', hint: '' })`,
    /^ok$/,
  ],
] as const)
  it(`${what} is unreachable, and no bug, and not once there are some again`, async () => {
    const [without, again] = await attempts(attempt)
    assert.match(without!, /^unreachable: \S+ssh could not be started \(.*EMFILE.*\)$/)
    assert.match(again!, afterwards)
  })

it.run()
