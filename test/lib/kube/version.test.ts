import * as assert from 'uvu/assert'
import { minorOf, versionIn } from '../../../lib/kube/version.ts'
import { suite } from '../../support/suite.ts'

const it = suite('version')

it('is what the server says, or what it was built from where it says nothing', () => {
  assert.equal(versionIn({ major: '1', minor: '37', gitVersion: 'v1.37.2' }), { major: '1', minor: '37' })
  assert.is(minorOf(versionIn({ major: '1', minor: '27+', gitVersion: 'v1.27.3-eks-1' })!), 27)
  assert.equal(versionIn({ major: '', minor: '', gitVersion: 'v1.30.14' }), { major: '1', minor: '30' })
})

it('is not known of what is no API server', () => {
  for (const body of [
    undefined,
    null,
    'x',
    {},
    { paths: [] },
    { major: '', minor: '', gitVersion: '' },
    { major: 1, minor: 37 },
  ])
    assert.is(versionIn(body), undefined, JSON.stringify(body))
})

it.run()
