import * as assert from 'uvu/assert'
import { AutomationError } from '../../../lib/base/errors.ts'
import type { Outcome } from '../../../lib/engine/outcome.ts'
import { linesOf } from '../../../lib/reporters/lines.ts'
import { stageMessages } from '../../../lib/reporters/stage-messages.ts'
import { action } from '../../support/action.ts'
import { suite } from '../../support/suite.ts'

const it = suite('lines')
const options = { diff: false, verbose: false }
const linesAbout = (outcome: Outcome): string[] =>
  linesOf({ type: 'change:end', action: action('linux-user/fay', { op: 'create' }), outcome }, options)

it('prints a line for what was done or failed, and none for what was skipped', () => {
  const error = new AutomationError({ code: 'command', message: 'no room' })
  assert.is(linesAbout({ state: 'done' }).length, 1)
  assert.is(linesAbout({ state: 'failed', error }).length, 1)
  assert.is(linesAbout({ state: 'skipped', reason: 'the run was stopped' }).length, 0)
})

it('says what is finished when the run is asked to end', () => {
  assert.is(linesOf({ type: 'stopping', running: 3 }, options).length, 1)
  assert.match(linesOf({ type: 'stopping', running: 3 }, options)[0]!, /\b3\b/)
})

it('says where a page was written, whatever its name', () => {
  const [said, ...more] = linesOf({ type: 'page', file: 'a\u001b[2Jb.html' }, options)
  assert.match(said!, 'b.html')
  assert.not.match(said!, '\u001b')
  assert.is(more.length, 0)
})

it('says in Chinese what a run is at', () => {
  const words = stageMessages('zh')
  const said = [
    words.reading,
    words.asking,
    words.page('verify.html'),
    words.stopping(0),
    words.stopping(3),
    words.ended('', 2, 1),
    words.seconds(2),
    words.others(2),
    ...(['begin', 'beyond', 'clearing', 'look', 'clearing-pods'] as const).map((stage) =>
      words.trying({ stage }),
    ),
    words.trying({ stage: 'within', users: ['bob'], seconds: 180 }),
    words.trying({ stage: 'pods', users: ['bob'] }),
  ]
  for (const one of said) assert.match(one, /\p{Script=Han}/u)
})

it.run()
