import * as assert from 'uvu/assert'
import { Secret } from '../../../lib/base/secret.ts'
import type { KubeConnection, Reach } from '../../../lib/connect/connection.ts'
import { Issuer } from '../../../lib/engine/token-issuer.ts'
import { suite } from '../../support/suite.ts'

const it = suite('issuer')

const tokenOf = (serviceAccount: string) => ({
  kind: 'bound' as const,
  namespace: 'arena-prod',
  serviceAccount,
  anchor: { name: `${serviceAccount}-token-1`, uid: `anchor of ${serviceAccount}` },
  seconds: 3600,
})

const issuing = () => {
  const asked: string[] = []
  const connection: Pick<KubeConnection, 'issue'> = {
    async issue({ serviceAccount, seconds }) {
      asked.push(serviceAccount)
      return {
        token: new Secret('token', `value ${asked.length}`),
        lasts: { from: 0, until: 60, asked: seconds },
      }
    },
  }
  const reach = { cluster: async () => connection } as unknown as Reach
  return { asked, issuer: new Issuer(reach, new AbortController().signal) }
}

it('asks for nothing until a token is needed', async () => {
  const { asked, issuer } = issuing()
  await issuer.issue(tokenOf('bob')).prefetch()
  assert.equal(asked, [])
  assert.is(issuer.lifetimes.size, 0)
})

it('asks once, however many hosts and looks need the token', async () => {
  const { asked, issuer } = issuing()
  const secrets = [tokenOf('bob'), tokenOf('tom'), tokenOf('bob')].map(issuer.issue)
  const values = await Promise.all(secrets.map((secret) => secret.reveal()))
  assert.equal(asked, ['bob', 'tom'])
  assert.is(values[0], values[2])
  assert.not(values[0] === values[1])
  assert.equal([...issuer.lifetimes.keys()], ['bob', 'tom'])
})

it.run()
