import * as assert from 'uvu/assert'
import type { KubeConnection } from '../../lib/connect/connection.ts'
import { isAutomationError } from '../../lib/errors.ts'
import { type Isolation, preflight } from '../../lib/preflight.ts'
import { rejects, suite } from '../support/suite.ts'

const it = suite('preflight')

/** What a server of this version answers; managed clusters put a plus behind the minor version. */
const look = (minor: string, isolation: Isolation, jobs = true): Promise<string[]> => {
  const connection = {
    endpoint: { server: 'https://10.0.0.91:6443', ca: '' },
    read: async (path: string) => (path === '/version' ? { major: '1', minor } : jobs ? {} : undefined),
  }
  return preflight(connection as unknown as KubeConnection, isolation, new AbortController().signal)
}

it('takes servers that can do what the isolation needs', async () => {
  for (const minor of ['27', '29+', '37']) assert.equal(await look(minor, 'document'), [])
  for (const minor of ['30', '30+', '37']) assert.equal(await look(minor, 'strict'), [])
})

it('refuses older ones, and says for what', async () => {
  for (const [minor, isolation, said] of [
    ['26', 'document', "older than 1.27, which isolation 'document' needs"],
    ['29+', 'strict', "older than 1.30, which isolation 'strict' needs"],
    ['', 'strict', 'older than 1.30'],
  ] as const) {
    const error = await rejects(look(minor, isolation))
    assert.ok(isAutomationError(error) && error.code === 'refused')
    assert.match(error.message, said)
  }
})

it('warns when there is no job kind to submit', async () => {
  const [warning] = await look('37', 'strict', false)
  assert.match(warning!, 'no job kind of kubeflow.org')
})

it.run()
