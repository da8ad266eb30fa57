import * as assert from 'uvu/assert'
import { JOB_KIND_NAMES, jobKind } from '../../../lib/conventions/job-kinds.ts'
import { templatePlace, templatesIn } from '../../../lib/kube/template-path.ts'
import { suite } from '../../support/suite.ts'

const it = suite('paths of templates')

const T = { spec: {} }

it('a template is put into fields, lists and maps, beside what is there', () => {
  const plain = { size: 2, roles: { Chief: { replicas: 1 } }, tasks: [{ name: 'a' }] }
  assert.equal(
    templatePlace(plain, ['spec.roles{Chief}.template', 'spec.tasks[].template', 'spec.one.template'], T),
    {
      size: 2,
      roles: { Chief: { replicas: 1, template: T } },
      tasks: [{ name: 'a', template: T }],
      one: { template: T },
    },
  )
  assert.equal(plain.roles.Chief, { replicas: 1 })
})

it('CEL finds each of them', () => {
  assert.is(templatesIn('object', ['spec.template']), '[?dyn(object).?spec.?template]')
  assert.is(
    templatesIn('object', ['spec.tasks[].template']),
    'dyn(object).?spec.?tasks.orValue([]).map(one, has(one.template), one.template)',
  )
  assert.match(templatesIn('old', ['spec.roles{Chief}.template']), /orValue\(\{\}\)\.map\(name, has\(/)
})

it('paths of all kinds can be read', () => {
  for (const name of JOB_KIND_NAMES) {
    const { templates, plain } = jobKind(name)
    const text = JSON.stringify(templatePlace(plain, templates, { here: true }))
    assert.is(text.split('"here":true').length - 1, templates.length, name)
    assert.ok(templatesIn('object', templates).split('.?spec').length > templates.length, name)
  }
})

it.run()
