import * as assert from 'uvu/assert'
import { type Script, sh } from '../../../lib/base/shell.ts'
import { connectLocal } from '../../../lib/connect/host/local.ts'
import { performBatch } from '../../../lib/engine/apply-host.ts'
import type { Outcome } from '../../../lib/engine/outcome.ts'
import { action } from '../../support/action.ts'
import { suite } from '../../support/suite.ts'

const it = suite('host batch', { seconds: 30 })

const running = (id: string, script: Script, ...needs: string[]) =>
  action(
    id,
    { op: 'create', steps: [{ do: 'run', script }] },
    { needs: needs.map((need) => `client01:${need}`) },
  )

it('names what a change waits for as people do, by what it is and where', async () => {
  const host = await connectLocal(
    { name: 'client01', address: 'client01', connection: 'local' },
    { timeoutMs: 30_000 },
  )
  const outcomes = new Map<string, Outcome>()
  try {
    await performBatch(
      'client01',
      [
        running('linux-user/fay', sh`exit 3`),
        running('kubeconfig/fay', sh`true`, 'linux-user/fay'),
        running('linux-user/gus', sh`true`),
      ],
      {
        connection: async () => host,
        files: new Map(),
        signal: new AbortController().signal,
        end: ({ id }, outcome) => outcomes.set(id, outcome),
        sent() {},
      },
    )
  } finally {
    await host.close()
  }
  assert.is(outcomes.get('linux-user/fay')!.state, 'failed')
  assert.equal(outcomes.get('kubeconfig/fay'), {
    state: 'skipped',
    reason: 'needs linux-user/fay on client01',
  })
  assert.is(outcomes.get('linux-user/gus')!.state, 'done')
})

it('names the step that says nothing as people do', async () => {
  const host = await connectLocal(
    { name: 'client01', address: 'client01', connection: 'local' },
    { timeoutMs: 500 },
  )
  const outcomes: Outcome[] = []
  try {
    await performBatch('client01', [running('linux-user/fay', sh`exec sleep 5`)], {
      connection: async () => host,
      files: new Map(),
      signal: new AbortController().signal,
      end: (_, outcome) => outcomes.push(outcome),
      sent() {},
    })
  } finally {
    await host.close()
  }
  const [outcome] = outcomes
  assert.ok(outcome?.state === 'failed', JSON.stringify(outcome))
  assert.match(outcome.error.message, /while at linux-user\/fay$/m)
})

it.run()
