import { isDeepStrictEqual } from 'node:util'
import { AutomationError } from '../base/errors.ts'
import { NotEditable } from './edit/find.ts'
import { hasParts, type Page, pageOf } from './edit/layout.ts'
import { applied, type Edit, withoutUndefined } from './edit/meaning.ts'
import { spliced } from './edit/parts.ts'
import { elementText, inlineText } from './edit/render.ts'
import { entriesNear, splicesFor } from './edit/splices.ts'
import { wrapFor } from './edit/wrap.ts'
import { withoutHashes } from './edit-diff.ts'
import { InventoryError } from './error.ts'
import { invalid, sourceLanguageOf } from './file.ts'
import { placeOf } from './raw.ts'
import { readModule } from './read-typescript.ts'
import { readYaml } from './read-yaml.ts'
import { lineNumbers, meaningOf, type Source, SyntaxMistake } from './source.ts'
import { displayed, wrongFile } from './text.ts'

export { applied, type Edit, type EditedList } from './edit/meaning.ts'

/**
 * The text of an inventory file after the edits; all else stays as it is, to the byte. Fails with `inventory`, and says
 * what to write by hand, where the file computes what is to change.
 */
export const edited = (file: string, text: string, edits: readonly Edit[]): string => {
  const given = sourceOf(file, text)
  let source = given
  for (const edit of edits)
    try {
      source = afterEdit(file, source, edit)
    } catch (error) {
      if (!(error instanceof NotEditable)) throw error
      throw refusal(file, given, edits, whyNot(given, edit) ?? error)
    }
  return source.text
}

/** What stands against an edit in the text as it was given, before others moved its lines. */
const whyNot = (given: Source, edit: Edit): NotEditable | undefined => {
  try {
    splicesFor(pageOf(given), edit)
    return undefined
  } catch (error) {
    return error instanceof NotEditable ? error : undefined
  }
}

const sourceOf = (file: string, text: string): Source => {
  const language = sourceLanguageOf(file)
  const read = language === 'yaml' || language === 'json' ? readYaml(text, language) : readModule(text)
  if (read instanceof SyntaxMistake) throw wrongFile(file, invalid(file, read, text), read.line)
  return 'written' in read ? read.written() : read
}

const afterEdit = (file: string, before: Source, edit: Edit): Source => {
  const wanted = applied(holds(before), [edit])
  let source = before
  let splices = splicesFor(pageOf(before), edit)
  if (splices.length === 0) return checked(file, before.text, wanted)
  while (splices.length > 0) {
    source = checked(file, spliced(source.text, splices), wanted)
    splices = wrapFor(pageOf(source), before, edit)
  }
  return source
}

/** A text that holds what is wanted and nothing else. */
const checked = (file: string, text: string, wanted: unknown): Source => {
  const source = sourceOf(file, text)
  if (isDeepStrictEqual(holds(source), wanted)) return source
  throw new AutomationError({
    code: 'bug',
    subject: displayed(file),
    message: 'an edit would have come out as something else than was asked; nothing is written',
    hint: 'edit the file by hand, and please report this with the file',
  })
}

const holds = ({ root, text }: Source): unknown => root && meaningOf(root, text)

const refusal = (file: string, given: Source, edits: readonly Edit[], error: NotEditable): InventoryError => {
  const { source, at, path, message, hint } = error
  const byHand = edits.flatMap((edit) => handwritten(pageOf(given), edit))
  const issue = {
    file: displayed(file),
    ...(source === given && { line: lineNumbers(source.text)(at) }),
    path: placeOf(path, holds(source)),
    reason: withoutHashes(message),
    hint: withoutHashes(hint ?? ['write by hand:', ...byHand].join('\n    ')),
  }
  return new InventoryError([issue], error)
}

/** What a person would have to write. */
const handwritten = (page: Page, edit: Edit): string[] => {
  const { list } = edit
  const setting = { ...page, likes: entriesNear(page, list), indent: '' }
  switch (edit.do) {
    case 'add': {
      const { root } = page.source
      const isBlock = hasParts(root) && root.block
      const text = elementText(withoutUndefined(edit.entry), setting, isBlock)
      return [`add to ${list}:`, ...(isBlock ? text : `${text},`).split(/\r?\n/).map((line) => `  ${line}`)]
    }
    case 'remove':
      return [`take ${edit.name} out of ${list}`]
    case 'set': {
      const field = edit.field.join('.')
      return edit.value === undefined
        ? [`take ${field} of ${edit.name} out, in ${list}`]
        : [`set ${field} of ${edit.name} to ${inlineText(withoutUndefined(edit.value), setting)}, in ${list}`]
    }
  }
}
