import * as assert from 'uvu/assert'
import { isAutomationError } from '../../../lib/base/errors.ts'
import type { KubeConnection } from '../../../lib/connect/connection.ts'
import { type Isolation, preflight } from '../../../lib/engine/preflight.ts'
import { rejects, suite } from '../../support/suite.ts'

const it = suite('preflight')

/** What a server of this version answers; managed clusters put a plus behind the minor version. */
const look = async (minor: string, isolation: Isolation, jobs = true): Promise<string[]> =>
  (await lookAt({ major: '1', minor }, isolation, jobs)).warnings

const lookAt = (
  version: object | undefined,
  isolation: Isolation = 'document',
  jobs = true,
): ReturnType<typeof preflight> => {
  const connection = {
    server: 'https://10.0.0.91:6443',
    read: async () => version,
    offers: async () => ({
      hasGroup: (name: string) => jobs && name === 'kubeflow.org',
      serves: (name: string) => jobs && name === 'tfjobs.kubeflow.org',
    }),
  }
  return preflight(connection as unknown as KubeConnection, isolation, new AbortController().signal)
}

it('takes servers that can do what the isolation needs', async () => {
  for (const minor of ['27', '29+', '37']) assert.equal(await look(minor, 'document'), [])
  for (const minor of ['30', '30+', '37']) assert.equal(await look(minor, 'strict'), [])
})

it('refuses older ones, and says for what', async () => {
  for (const [minor, isolation, said] of [
    ['26', 'document', /1\.26.*1\.27.*'document'/],
    ['29+', 'strict', /1\.29\+.*1\.30.*'strict'/],
  ] as const) {
    const error = await rejects(look(minor, isolation))
    assert.ok(isAutomationError(error) && error.code === 'refused')
    assert.match(error.message, said)
  }
})

it('does not take what is no API server for an old one', async () => {
  for (const [version, said] of [
    [undefined, '404'],
    [{ paths: [] }, '/version'],
    [{ major: '1', minor: '' }, '/version'],
  ] as const) {
    const error = await rejects(lookAt(version))
    assert.ok(isAutomationError(error) && error.code === 'refused')
    assert.is(error.subject, 'https://10.0.0.91:6443')
    assert.match(error.message, said)
    assert.not.match(error.message, 'upgrade')
  }
})

it('tells what the API has', async () => {
  const { serves } = await lookAt({ major: '1', minor: '37' })
  assert.equal(['tfjobs.kubeflow.org', 'mpijobs.kubeflow.org'].map(serves), [true, false])
})

it('warns of a server that is newer than the rights that are known here', async () => {
  const [warning, ...more] = await look('38+', 'document')
  assert.match(warning!, '1.38+')
  assert.equal(more, [])
})

it('warns when there is no job kind to submit', async () => {
  const [warning] = await look('37', 'strict', false)
  assert.match(warning!, 'kubeflow.org')
})

it.run()
