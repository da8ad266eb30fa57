import { glob, readFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { jobKind, USUAL_KINDS } from '../../lib/conventions/job-kinds.ts'
import * as policies from '../../playbooks/strict/policies.ts'
import { suite } from '../support/suite.ts'

const it = suite('policies of isolation strict')

const ALL = {
  pods: policies.podPolicy('people'),
  priorities: policies.priorityPolicy(),
  services: policies.servicePolicy('people'),
  makers: policies.makerPolicy('people', { '': ['pods'] }),
  'maker-mark': policies.makerMark('people', { '': ['pods'] }),
  'own-users': policies.ownUsers(),
}

it('each file is a policy, with every name filled in', async () => {
  const files: string[] = []
  for await (const file of glob('playbooks/strict/*.yaml')) files.push(file)
  assert.equal(
    files.toSorted(),
    Object.keys(ALL)
      .map((name) => `playbooks/strict/${name}.yaml`)
      .toSorted(),
  )
  for (const [name, policy] of Object.entries(ALL)) {
    assert.ok(policy.resourceRules.length > 0, name)
    assert.not.match(JSON.stringify(policy), /\$\(\w/)
  }
})

it('each word of a file is used in it', async () => {
  for await (const file of glob('playbooks/strict/*.yaml')) {
    const text = await readFile(file, 'utf8')
    for (const word of Object.keys(parse(text).words ?? {})) assert.ok(text.includes(`$(${word})`), word)
  }
})

it('a policy uses no variable before it is named', () => {
  for (const [name, { variables }] of Object.entries(ALL)) {
    const known = new Set<string>()
    for (const variable of variables) {
      for (const [, used] of variable.expression.matchAll(/variables\.(\w+)/g))
        assert.ok(known.has(used!), `${name}: ${variable.name} uses ${used}`)
      known.add(variable.name)
    }
  }
})

it('users are those of the namespace whose name the inventory gives', () => {
  const [condition] = policies.makerPolicy('people', {}).matchConditions!
  assert.is(condition!.expression, "request.userInfo.username.startsWith('system:serviceaccount:people:')")
  const [maker] = policies.makerMark('people', {}).variables
  assert.ok(maker!.expression.includes(`substring(${'system:serviceaccount:people:'.length})`))
})

it('kinds that an inventory adds are judged by their templates, and none changes what is judged without', () => {
  const usual = policies.podPolicy('people')
  assert.equal(policies.podPolicy('people', ['tf', 'mpi']), usual)
  const more = policies.podPolicy('people', ['tf', 'ray', 'kserve'])
  assert.equal(more.resourceRules.slice(usual.resourceRules.length), [
    { apiGroups: ['ray.io'], resources: ['rayjobs'] },
    { apiGroups: ['serving.kserve.io'], resources: ['inferenceservices'] },
  ])
  assert.equal(more.validations, usual.validations)
  const of = (name: string) => more.variables.find((variable) => variable.name === name)!.expression
  assert.match(of('templates'), "object.apiVersion.startsWith('ray.io/') ? [?dyn(object).?spec")
  assert.match(of('before'), "oldObject.apiVersion.startsWith('ray.io/') ? [?dyn(oldObject).?spec")
  assert.match(of('templates'), '[?dyn(object).?spec.?predictor]')
})

it('the usual kinds of Arena are in the policy for pods', () => {
  const judged = policies.podPolicy('people').resourceRules
  for (const { group, plural } of USUAL_KINDS.map(jobKind))
    assert.ok(
      judged.some(({ apiGroups, resources }) => apiGroups.includes(group) && resources.includes(plural)),
    )
})

it('objects that bear a label are judged with their status, for each kind that a role can make', () => {
  const made = { '': ['pods', 'services'], apps: ['deployments'] }
  assert.equal(policies.makerPolicy('people', made).resourceRules, [
    { apiGroups: [''], resources: ['pods', 'pods/status', 'services', 'services/status'] },
    { apiGroups: ['apps'], resources: ['deployments', 'deployments/status'] },
  ])
})

it.run()
