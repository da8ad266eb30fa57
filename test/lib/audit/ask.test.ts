import * as assert from 'uvu/assert'
import { Asker } from '../../../lib/audit/ask.ts'
import { Secret } from '../../../lib/base/secret.ts'
import type { Inquiry, KubeConnection } from '../../../lib/connect/connection.ts'
import { suite } from '../../support/suite.ts'

const it = suite('asking')

/** What each of these tokens, which are all of one name, is answered; `bad` is refused. */
const answersTo = async (...values: string[]) => {
  let requests = 0
  const inquire = async ({ token }: Inquiry) => {
    requests++
    return { status: (await token!.reveal()) === 'bad' ? 401 : 200, body: {} }
  }
  const asker = new Asker({
    connection: { inquire } as Partial<KubeConnection> as KubeConnection,
    tokenOf: (user) => new Secret(user, user),
    ownTokenOf: () => undefined,
    signal: new AbortController().signal,
    onAnswer() {},
  })
  const answers = await Promise.all(
    values.map((value) =>
      asker.attempt({
        as: { kind: 'token', token: new Secret('token of bob', value) },
        do: 'read',
        read: '/apis',
      }),
    ),
  )
  return { taken: answers.map(({ taken }) => taken), requests }
}

it('tries each token of several that have one name', async () => {
  assert.equal(await answersTo('bad', 'good'), { taken: [false, true], requests: 2 })
})

it('tries the same token once', async () => {
  assert.equal(await answersTo('good', 'good'), { taken: [true, true], requests: 1 })
})

it.run()
