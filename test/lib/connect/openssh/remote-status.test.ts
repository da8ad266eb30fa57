import { execFileSync, spawnSync } from 'node:child_process'
import * as assert from 'uvu/assert'
import { RemoteStatus } from '../../../../lib/connect/openssh/remote-status.ts'
import { suite } from '../../../support/suite.ts'

const test = suite('remote status')

const told = (command: string, piece = 4096) => {
  let text = ''
  const status = new RemoteStatus((chunk) => {
    text += chunk.toString()
  })
  const { stderr } = spawnSync('sh', ['-c', status.wrapped(command)])
  for (let at = 0; at < stderr.length; at += piece) status.push(stderr.subarray(at, at + piece))
  status.finish()
  return { text, ending: status.ending }
}

test('an exit status and a signal are told apart, and none of it is taken for what the command said', () => {
  for (const piece of [1, 7, 4096]) {
    assert.equal(told(`sh -c 'echo problem >&2; exit 255'`, piece), {
      text: 'problem\n',
      ending: { by: 'exit', status: 255 },
    })
    assert.equal(told(`sh -c 'printf "[sudo] #" >&2'`, piece), {
      text: '[sudo] #',
      ending: { by: 'exit', status: 0 },
    })
    assert.equal(told(`sh -c 'kill -9 $$'`, piece).ending, { by: 'signal', signal: 'SIGKILL' })
  }
})

test('what may be the beginning of the mark is held back until it is known, and lost never', () => {
  let text = ''
  const status = new RemoteStatus((chunk) => {
    text += chunk.toString()
  })
  const [, mark = ''] = /(#[0-9a-f]{32} )/.exec(status.wrapped('true')) ?? []
  assert.is(mark.length, 34)
  status.push(Buffer.from(`a${mark.slice(0, 20)}`))
  assert.is(text, 'a')
  status.push(Buffer.from(`b${mark.slice(0, 5)}`))
  assert.is(text, `a${mark.slice(0, 20)}b`)
  assert.is(status.ending, undefined)
  status.finish()
  assert.is(text, `a${mark.slice(0, 20)}b${mark.slice(0, 5)}`)
})

test('the command keeps its standard input and output', () => {
  const status = new RemoteStatus(() => {})
  assert.is(
    execFileSync('sh', ['-c', status.wrapped('cat')], { input: 'in', stdio: 'pipe' }).toString(),
    'in',
  )
})

test.run()
