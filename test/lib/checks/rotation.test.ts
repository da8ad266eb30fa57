import * as assert from 'uvu/assert'
import { type AttemptTrial, type Finding, refusalOf, Secret } from '../../../lib/check.ts'
import { rotation } from '../../../lib/checks/rotation.ts'
import type { KubeObject } from '../../../lib/kube/object.ts'
import { filesRead, printed } from '../../support/printed.ts'
import { sceneOf } from '../../support/scene.ts'
import { suite } from '../../support/suite.ts'

const it = suite('rotation')

const scene = sceneOf({
  'kube directories': printed('8180 20001 20001 1 900 /home/bob/.kube/config'),
  kubeconfigs: filesRead({
    path: './home/bob/.kube/config',
    uid: 20_001,
    content: JSON.stringify({ users: [{ name: 'bob', user: { token: 'the.new.one' } }] }),
  }),
})

/** What is asked about a token that was in a kubeconfig before. */
const trialOf = (token: string): AttemptTrial =>
  [...rotation([new Secret('token of bob', token)])[0]!.trials(scene)][0] as AttemptTrial

const taken = { taken: true, status: 200, object: {} as KubeObject } as const
const dead = refusalOf(401, 'Unauthorized')
const forbidden = refusalOf(403, 'User "x" cannot get path "/apis"')

for (const [sentence, token, answer, verdict] of [
  ['a token in use that opens the API → pass', 'the.new.one', taken, 'pass'],
  ['a token in use that is refused → fail', 'the.new.one', dead, 'fail'],
  ['a token in use that is refused for another reason → cannot tell', 'the.new.one', forbidden, 'unknown'],
  ['a token that was replaced and still opens the API → fail', 'the.old.one', taken, 'fail'],
  ['a token that was replaced and is refused → pass', 'the.old.one', dead, 'pass'],
] as const)
  it(sentence, () => assert.is((trialOf(token).judge(answer) as Finding).verdict, verdict))

it.run()
