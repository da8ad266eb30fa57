import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as assert from 'uvu/assert'
import * as z from 'zod'
import { celDocument } from '../../../lib/base/cel-document.ts'
import { suite } from '../../support/suite.ts'

const it = suite('cel documents')

const schema = z.strictObject({ expression: z.string(), message: z.string().exactOptional() })

const reading = async (text: string, values?: Parameters<typeof celDocument>[2]) => {
  const directory = await mkdtemp(join(tmpdir(), 'cel-'))
  const file = join(directory, 'policy.yaml')
  await writeFile(file, text)
  try {
    return celDocument(pathToFileURL(file), schema, values)
  } finally {
    await rm(directory, { recursive: true })
  }
}

const refusing = async (text: string, subject: RegExp, message: RegExp) => {
  const error = await reading(text).then(
    () => assert.unreachable(),
    (refused) => refused,
  )
  assert.is(error.code, 'template')
  assert.match(error.subject, subject)
  assert.match(error.message, message)
}

it('values become literals of CEL, and words of a message', async () => {
  const text = [
    'words: { kinds: [a, b] }',
    'expression: key in $(kinds) && name == $(name) && size == $(size)',
    'message: only $(kinds) of $(name)',
  ]
  assert.equal(await reading(text.join('\n'), { name: 'x', size: 3 }), {
    expression: "key in ['a','b'] && name == 'x' && size == 3",
    message: 'only a, b of x',
  })
})

it('a value ends no literal, starts no other, and is not filled in again', async () => {
  const hostile = "' || true || '\\\n$(name)"
  const { expression } = await reading('expression: $(name)', { name: hostile })
  assert.is(expression, "'\\' || true || \\'\\\\\\n$(name)'")
})

it('a name without a value is refused, also one that every object has', async () => {
  await refusing('expression: $(nobody)', /policy\.yaml$/, /nobody/)
  await refusing('expression: $(constructor)', /policy\.yaml$/, /constructor/)
})

it('a document with a field that the schema does not know is refused', async () => {
  await refusing('expression: a\nmust: b', /policy\.yaml$/, /must/)
})

it.run()
