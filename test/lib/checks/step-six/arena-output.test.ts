import * as assert from 'uvu/assert'
import { readFailure } from '../../../../lib/checks/step-six/arena-output.ts'
import { suite } from '../../../support/suite.ts'

const it = suite('what Arena prints')

/** As Arena 0.15.5 prints it where a quota counts TFJobs. */
const HELD = `Error from server (Forbidden): error when creating "/tmp/j1.yaml96": ${
  '' + 'tfjobs.kubeflow.org "j1" is forbidden: exceeded quota: tf'
}
time="2026-11-28T13:40:07Z" level=info msg="Successfully clean up the config map j1-tfjob in namespace ${
  '' + 'dev1 because creating application failed."'
}
time="2026-11-28T13:40:07Z" level=warning msg="Please clean up the j1 job"
time="2026-11-28T13:40:07Z" level=error msg="exit status 1"
`

it('tells why it failed from the line that says so, wherever it stands', () => {
  assert.is(
    readFailure(HELD),
    'Error from server (Forbidden): error when creating "/tmp/j1.yaml96": tfjobs.kubeflow.org "j1" ' +
      'is forbidden: exceeded quota: tf',
  )
  assert.is(
    readFailure('time="x" level=error msg="configmaps \\"j1-tfjob\\" is forbidden: exceeded quota: cm"\n'),
    'configmaps "j1-tfjob" is forbidden: exceeded quota: cm',
  )
})

it('tells the last lines where nothing is called an error', () => {
  assert.is(readFailure('one\ntwo\n\nthree\nfour\n'), 'two three four')
  assert.is(readFailure('a warning\ntime="x" level=error msg="exit status 2"\n').includes('a warning'), true)
  assert.is(readFailure(''), '')
})

it.run()
