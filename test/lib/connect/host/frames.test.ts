import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { isAutomationError } from '../../../../lib/base/errors.ts'
import { Secret } from '../../../../lib/base/secret.ts'
import { Script, sh } from '../../../../lib/base/shell.ts'
import type { Frame, FrameResult } from '../../../../lib/connect/connection.ts'
import { loader } from '../../../../lib/connect/host/become-root.ts'
import { BatchReader, batchScript, NO_BUILTIN_PRINTF } from '../../../../lib/connect/host/frames.ts'
import { Sections } from '../../../../lib/connect/host/sections.ts'
import { shells } from '../../../support/shells.ts'
import { rejects, suite } from '../../../support/suite.ts'

const test = suite('frames', { seconds: 60 })
const NONCE = '0123456789abcdef'

const script = (text: string): Script => new Script([text])
const frames = (...texts: string[]): Frame[] =>
  texts.map((text, index) => ({ id: `f${index}`, script: script(text) }))

interface Ran {
  status: number | null
  signal: string | null
  stdout: Buffer
  stderr: Buffer
}

const feed = (argv: readonly string[], input: string): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn(argv[0]!, argv.slice(1))
    const chunks: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] }
    child.stdout.on('data', (chunk) => chunks.stdout.push(chunk))
    child.stderr.on('data', (chunk) => chunks.stderr.push(chunk))
    child.on('error', reject)
    child.on('close', (status, signal) =>
      resolve({ status, signal, stdout: Buffer.concat(chunks.stdout), stderr: Buffer.concat(chunks.stderr) }),
    )
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })

const EVALUATE = 'eval "$(cat)"'

const run = async (shell: readonly string[], batch: readonly Frame[], prelude = '') => {
  const order: string[] = []
  const reader = new BatchReader(batch, NONCE, (id) => order.push(id))
  const ran = await feed([...shell, '-c', `${prelude}${EVALUATE}`], await batchScript(batch, NONCE))
  reader.push('stdout', ran.stdout)
  // Split everywhere, as a network may.
  for (const byte of ran.stderr) reader.push('stderr', Buffer.from([byte]))
  return { ...ran, reader, order, result: (id: string) => reader.results.get(id) }
}

const ran = (code: number, stdout = '', stderr = ''): FrameResult => ({
  state: 'ran',
  code,
  stdout: Buffer.from(stdout),
  stderr,
})

for (const [name, shell] of await shells()) {
  test(`${name}: each frame has its own output, error output and exit status`, async () => {
    const batch = frames(
      'echo one',
      'printf %s "no newline at the end"',
      'echo out; echo err >&2; exit 3',
      'true',
      'printf "\\n\\n"; false',
    )
    const { reader, order, status, result } = await run(shell, batch)
    assert.is(status, 0)
    assert.ok(reader.complete)
    assert.equal(order, ['f0', 'f1', 'f2', 'f3', 'f4'])
    assert.equal(result('f0'), ran(0, 'one\n'))
    assert.equal(result('f1'), ran(0, 'no newline at the end'))
    assert.equal(result('f2'), ran(3, 'out\n', 'err\n'))
    assert.equal(result('f3'), ran(0))
    assert.equal(result('f4'), ran(1, '\n\n'))
  })

  test(`${name}: a profile that talks before the first frame is not taken for output`, async () => {
    const { result } = await run(shell, frames('echo mine'), 'echo welcome; echo motd >&2; ')
    assert.equal(result('f0'), ran(0, 'mine\n'))
  })

  test(`${name}: output may be any bytes`, async () => {
    const octal = Array.from({ length: 256 }, (_, byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')
    const { result } = await run(shell, frames(`printf '${octal}'`))
    const got = result('f0')
    assert.ok(got?.state === 'ran')
    assert.equal(got.stdout, Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)))
  })

  test(`${name}: quotes, comments, here documents and backslashes reach the frame as written`, async () => {
    const batch = [
      ...frames("cat <<'END'\n'\"$x`\\\nEND", 'echo done # a comment', "printf '%s' \"it's\""),
      { id: 'word', script: sh`printf '%s|' ${`'"\\ $HOME\n中文`} ${['a b', "c'd"]}` },
    ]
    const { result } = await run(shell, batch)
    assert.equal(result('f0'), ran(0, '\'"$x`\\\n'))
    assert.equal(result('f1'), ran(0, 'done\n'))
    assert.equal(result('f2'), ran(0, "it's"))
    assert.equal(result('word'), ran(0, `'"\\ $HOME\n中文|a b|c'd|`))
  })

  test(`${name}: what an earlier frame tells as done is not run, and only that`, async () => {
    const many = script('printf "ann\\nbo b\\n"; echo aside >&2; echo joe; exit 2')
    const batch: Frame[] = [
      { id: 'many', script: many, items: [{ line: 'all', needs: [] }] },
      ...['ann', 'bo b', 'joe', 'jo', 'bo', '*'].map((told) => ({
        id: told,
        script: sh`echo ${told}`,
        unless: { told, by: 'many' },
      })),
      { id: 'no', script: script('exit 3') },
      { id: 'skipped', script: script('echo ran'), needs: ['no'], unless: { told: 'ann', by: 'many' } },
      { id: 'after', script: script('echo ran'), needs: ['ann'] },
    ]
    const { result } = await run(shell, batch)
    assert.equal(result('many'), ran(2, '', 'aside\n'))
    for (const told of ['ann', 'bo b', 'joe']) assert.equal(result(told), ran(0), told)
    for (const other of ['jo', 'bo', '*']) assert.equal(result(other), ran(0, `${other}\n`), other)
    assert.is(result('skipped')!.state, 'skipped')
    assert.equal(result('after'), ran(0, 'ran\n'))
  })

  test(`${name}: a frame for many is given what those are whose needs have ended well before it`, async () => {
    const item = (line: string, ...needs: string[]) => ({ line, needs })
    const told = script('printf "%s" "$1"; printf "%s" "$1" >&2')
    const batch: Frame[] = [
      { id: 'good', script: script('true') },
      { id: 'bad', script: script('exit 3') },
      { id: 'skipped', script: script('true'), needs: ['bad'] },
      {
        id: 'many',
        script: told,
        items: [
          item("it's *", 'good'),
          item('on both', 'good', 'bad'),
          item('on skipped', 'skipped'),
          item('on later', 'later'),
          item('$HOME \\n'),
        ],
      },
      { id: 'none', script: script('echo ran >&2; exit 4'), items: [item('x', 'bad')] },
      { id: 'later', script: script('true') },
      { id: 'alone', script: script('echo ran'), needs: ['bad'], unless: { told: "it's *", by: 'many' } },
      { id: 'done', script: script('echo ran'), unless: { told: '$HOME \\n', by: 'many' } },
    ]
    const { result } = await run(shell, batch)
    assert.equal(result('many'), ran(0, '', "it's *\n$HOME \\n"))
    assert.equal(result('none'), ran(0))
    assert.equal(result('alone'), { state: 'skipped', needs: 'bad' })
    assert.equal(result('done'), ran(0))
  })

  test(`${name}: no frame can take the others down`, async () => {
    const batch = frames(
      'if then fi (',
      "echo 'not closed",
      'set -eu; false; echo unreached',
      'set -u; echo "$nothing_of_that_name"; echo unreached',
      "sh -c 'kill -9 $$'",
      'cd /; umask 0; PATH=; LC_ALL=x; exec >/dev/null 2>&1; echo gone',
      'readlink /proc/self/fd/0',
      'return 4; echo unreached',
      'trap "echo trapped" EXIT; exit 5',
      'exec sh -c "exit 6"',
      '} ; echo "}"',
      'echo "$LC_ALL still"; umask',
    )
    const { reader, result } = await run(shell, batch, 'LC_ALL=C; export LC_ALL; umask 077; ')
    assert.ok(reader.complete)
    const outputs = batch.map(({ id }) => {
      const got = result(id)
      assert.ok(got?.state === 'ran')
      return { code: got.code, stdout: got.stdout.toString(), stderr: got.stderr }
    })
    for (const broken of [0, 1, 10]) {
      assert.is.not(outputs[broken]!.code, 0)
      assert.is(outputs[broken]!.stdout, '')
      assert.is.not(outputs[broken]!.stderr, '')
    }
    for (const stopped of [2, 3]) {
      assert.is.not(outputs[stopped]!.code, 0)
      assert.not.match(outputs[stopped]!.stdout, 'unreached')
    }
    assert.is(outputs[4]!.code, 128 + 9)
    assert.is(outputs[5]!.stdout, '')
    assert.is(outputs[6]!.stdout, '/dev/null\n')
    assert.is(outputs[8]!.code, 5)
    assert.is(outputs[8]!.stdout, 'trapped\n')
    assert.is(outputs[9]!.code, 6)
    assert.match(outputs[11]!.stdout, /^C still\n0*77\n$/)
  })

  test(`${name}: a shell that is killed leaves the results of the frames before`, async () => {
    const { reader, signal, result } = await run(shell, frames('echo before', 'kill -9 $$', 'echo after'))
    assert.is(signal, 'SIGKILL')
    assert.equal(result('f0'), ran(0, 'before\n'))
    assert.not(reader.complete)
    assert.is(reader.running, 'f1')
  })

  test(`${name}: a frame is skipped unless all it needs ended well, and so is what needs that`, async () => {
    const batch: Frame[] = [
      { id: 'good', script: sh`true` },
      { id: 'bad', script: sh`exit 7` },
      { id: 'on good', script: sh`echo yes`, needs: ['good'] },
      { id: 'on both', script: sh`echo no`, needs: ['good', 'bad'] },
      { id: 'on skipped', script: sh`echo no`, needs: ['on both'] },
      { id: 'alone', script: sh`echo yes`, needs: [] },
    ]
    const { result } = await run(shell, batch)
    assert.equal(result('on good'), ran(0, 'yes\n'))
    assert.equal(result('on both'), { state: 'skipped', needs: 'bad' })
    assert.equal(result('on skipped'), { state: 'skipped', needs: 'on both' })
    assert.equal(result('alone'), ran(0, 'yes\n'))
  })

  test(`${name}: a script that did not arrive whole runs nothing`, async () => {
    const dir = await mkdtemp(join(tmpdir(), 'frames-'))
    try {
      const witness = join(dir, 'witness')
      const batch = [
        { id: 'a', script: sh`echo x > ${witness}` },
        { id: 'b', script: sh`echo 'a long line' > ${witness}` },
      ]
      const text = await batchScript(batch, NONCE)
      const whole = text.trimEnd().length
      for (let length = 0; length < whole; length += 7) {
        await feed([...shell, '-c', EVALUATE], text.slice(0, length))
        assert.not(existsSync(witness), `ran after ${length} of ${text.length} characters`)
      }
      await feed([...shell, '-c', EVALUATE], text)
      assert.ok(existsSync(witness))
    } finally {
      await rm(dir, { recursive: true })
    }
  })

  test(`${name}: the loader drops what sudo left unread and evaluates what follows its marker`, async () => {
    const input = `s3cret\n(\n!\n ${NONCE}\n${NONCE}\necho "got: $(cat)"\nrest`
    const { stdout, stderr, status } = await feed([...shell, '-c', loader(NONCE)], input)
    assert.is(stdout.toString(), `\n${NONCE} 0\ngot: rest\n`)
    assert.is(stderr.toString(), '')
    assert.is(status, 0)
  })

  test(`${name}: the loader runs nothing when its marker never comes`, async () => {
    const { stdout, status } = await feed([...shell, '-c', loader(NONCE)], 'echo no\necho no')
    assert.is(stdout.toString(), `\n${NONCE} 0\n`)
    assert.is(status, 97)
  })
}

test('a shell whose printf is another program is refused before any secret is read', async () => {
  const { status, reader, stdout } = await run(
    ['/bin/bash', '--posix'],
    frames('echo no'),
    'enable -n printf; ',
  )
  assert.is(status, NO_BUILTIN_PRINTF)
  assert.not(reader.started)
  assert.is(stdout.toString(), '')
})

test('the loader fits into single quotes of any login shell', () => {
  assert.not.match(loader(NONCE), /['\\\n!]/)
})

test('a secret becomes one quoted word of the text, and of nothing else', async () => {
  const secret = new Secret('pw', `a'b "c" $d\n`)
  const text = await batchScript([{ id: 'a', script: sh`printf '%s' ${secret}` }], NONCE)
  const { stdout } = await feed(['/bin/sh', '-c', EVALUATE], text)
  assert.match(stdout.toString(), `\na'b "c" $d\n\n${NONCE} 0\n`)
  assert.is(String(sh`printf '%s' ${secret}`), `printf '%s' «secret:pw»`)
})

test('a secret that a shell cannot hold is refused by name', async () => {
  const secret = new Secret('pw', 'canary\0')
  const error = await rejects(batchScript([{ id: 'a', script: sh`cat ${secret}` }], NONCE))
  assert.ok(isAutomationError(error))
  assert.is(error.code, 'secret')
  assert.match(error.message, '«secret:pw»')
  assert.not.match(error.message, 'canary')
})

test('a batch with an unknown need or an id twice is a bug', async () => {
  const a = { id: 'a', script: sh`true` }
  for (const batch of [
    [
      { ...a, needs: ['b'] },
      { id: 'b', script: sh`true` },
    ],
    [{ ...a, needs: ['a'] }],
    [a, a],
  ]) {
    const error = await rejects(batchScript(batch, NONCE))
    assert.ok(isAutomationError(error))
    assert.is(error.code, 'bug')
  }
})

test('however a stream is cut, its sections are the same', () => {
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom('', '\n', `\n${NONCE}`, `${NONCE} 0\n`, '中文').map((text) => Buffer.from(text)),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), fc.array(fc.nat(60), { maxLength: 40 }), (parts, cuts) => {
      const stream = Buffer.concat(
        parts.flatMap((bytes, index) => [bytes, Buffer.from(`\n${NONCE} ${index} x\n`)]),
      )
      const sections = new Sections(NONCE)
      const got = []
      let start = 0
      for (const size of cuts) {
        got.push(...sections.push(stream.subarray(start, start + size)))
        start += size
      }
      got.push(...sections.push(stream.subarray(Math.min(start, stream.length))))
      const words = got.map((section) => section.words.join(' '))
      const again = Buffer.concat(
        got.map(({ bytes, words }) => Buffer.concat([bytes, Buffer.from(`\n${NONCE} ${words.join(' ')}\n`)])),
      )
      assert.equal(again, stream)
      assert.equal(
        words.filter((word) => word.endsWith(' x')),
        parts.map((_, index) => `${index} x`),
      )
    }),
  )
})

test('a marker line that goes on and on is none', () => {
  const sections = new Sections(NONCE)
  assert.equal(sections.push(Buffer.from(`\n${NONCE} ${'x'.repeat(5000)}`)), [])
  const [section] = sections.push(Buffer.from(`x\n${NONCE} 0\n`))
  assert.equal(section!.words, ['0'])
  assert.is(section!.bytes.length, 5000 + `\n${NONCE} x`.length)
})

test.run()
