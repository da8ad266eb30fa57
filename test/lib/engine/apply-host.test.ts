import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Script, sh } from '../../../lib/base/shell.ts'
import { connectLocal } from '../../../lib/connect/host/local.ts'
import { performBatch } from '../../../lib/engine/apply-host.ts'
import type { Outcome } from '../../../lib/engine/outcome.ts'
import type { AtOnce } from '../../../lib/resource/type.ts'
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

/** What became of changes that can be done together, and what was asked of the machine for that. */
const together = async (count: number, needs: Readonly<Record<number, Script>> = {}) => {
  const directory = await mkdtemp(join(tmpdir(), 'batch-'))
  const by: AtOnce = {
    title: 'all at once',
    least: 3,
    script: sh`cd ${directory}; printf '%s\\n' "$1" | tee asked | grep -vx 'item of 1'`,
  }
  const host = await connectLocal(
    { name: 'client01', address: 'client01', connection: 'local' },
    { timeoutMs: 30_000 },
  )
  const outcomes = new Map<string, Outcome['state']>()
  const groups = Object.entries(needs).map(([index, script]) => running(`linux-group/${index}`, script))
  const users = Array.from({ length: count }, (_, index) =>
    action(
      `linux-user/${index}`,
      {
        op: 'create',
        steps: [
          {
            do: 'run',
            script: sh`exit 4`,
            among: { by, name: `item of ${index}`, item: `item of ${index}` },
          },
          { do: 'run', script: sh`true` },
        ],
      },
      { needs: index in needs ? [`client01:linux-group/${index}`] : [] },
    ),
  )
  try {
    await performBatch('client01', [...groups, ...users], {
      connection: async () => host,
      files: new Map(),
      signal: new AbortController().signal,
      end: ({ id }, { state }) => outcomes.set(id, state),
      sent() {},
    })
    const asked = await readFile(join(directory, 'asked'), 'utf8').catch(() => '')
    return {
      asked: asked.split('\n').filter(Boolean),
      execs: host.execs,
      outcomes: users.map(({ id }) => outcomes.get(id)),
    }
  } finally {
    await host.close()
    await rm(directory, { recursive: true })
  }
}

it('does at once what enough changes have in common, and by itself what that left undone', async () => {
  assert.equal(await together(3), {
    asked: ['item of 0', 'item of 1', 'item of 2'],
    execs: 1,
    outcomes: ['done', 'failed', 'done'],
  })
})

it('does nothing at once for a change whose need has failed, and tells it as skipped', async () => {
  assert.equal(await together(4, { 0: sh`true`, 2: sh`exit 5` }), {
    asked: ['item of 0', 'item of 1', 'item of 3'],
    execs: 1,
    outcomes: ['done', 'failed', 'skipped', 'done'],
  })
})

it('does one by one what too few have in common', async () => {
  assert.equal(await together(2), { asked: [], execs: 1, outcomes: ['failed', 'failed'] })
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
