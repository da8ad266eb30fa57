import * as assert from 'uvu/assert'
import type { AttemptsTrial, Finding, KubeObject, Refused, Taken } from '../../../lib/check.ts'
import { refusalOf } from '../../../lib/check.ts'
import { dropped } from '../../../lib/checks/dropped.ts'
import { ROLE, ROLE_BINDING } from '../../../lib/kube/object.ts'
import { bound, clusterOf } from '../../support/cluster.ts'
import { live } from '../../support/live.ts'
import { suite } from '../../support/suite.ts'

const it = suite('checks/dropped')

const rules = [{ apiGroups: ['kubeflow.org'], resources: ['tfjobs'], verbs: ['create'] }]
const OBJECTS = [
  live(ROLE, 'dev1/member', { rules }),
  bound(ROLE_BINDING, 'dev1/bob-member', 'Role member', 'dev1/bob'),
]

const [trial] = [...dropped.trials(clusterOf(OBJECTS))] as AttemptsTrial[]

const made = trial!.attempts.map((attempt) => (attempt as { create: KubeObject }).create)
const kept = made.map((object): Taken => ({ taken: true, status: 201, object }))
/** As an operator stores it that knows a plain pod and no more. */
const bare: Taken = kept[0]!
const no = refusalOf(
  403,
  "tfjobs \"x\" is forbidden: ValidatingAdmissionPolicy 'a' with binding 'a' denied request: no",
)

const judged = (answers: readonly (Taken | Refused)[]): string[] =>
  [trial!.judge(answers)]
    .flat()
    .map(({ verdict, subjects, thing }: Finding) => `${verdict} ${subjects} ${thing}`)

it('passes where all that is taken arrives, whatever else is refused', () => {
  assert.equal(judged(kept), ['pass bob in dev1 tfjobs.kubeflow.org'])
  assert.equal(judged([bare, kept[1]!, ...kept.slice(2).map(() => no)]), [
    'pass bob in dev1 tfjobs.kubeflow.org',
  ])
})

it('names each field that is gone', () => {
  const lines = judged(kept.map(() => bare))
  assert.is(lines.length, 10)
  assert.ok(lines.every((line) => line.startsWith('gap bob in dev1 ')))
})

it('tells nothing where the plain job is refused, or all others are', () => {
  assert.equal(judged(kept.map(() => no)), ['untested bob in dev1 tfjobs.kubeflow.org'])
  assert.equal(judged([bare, ...kept.slice(1).map(() => no)]), ['untested bob in dev1 tfjobs.kubeflow.org'])
})

it.run()
