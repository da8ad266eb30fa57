import {
  CST,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import { type Computed, type Part, type Source, type Span, SyntaxMistake, type Written } from './source.ts'

/** What a YAML or JSON text holds, with how it is written; or the first mistake of its syntax. */
export type ReadYaml = { value: unknown; written(): Source } | SyntaxMistake

export const readYaml = (text: string, language: 'yaml' | 'json' = 'yaml'): ReadYaml => {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    keepSourceTokens: true,
    merge: true,
  })
  const [problem] = [...document.errors, ...document.warnings]
  if (problem !== undefined) {
    const { code, message, pos } = problem
    return new SyntaxMistake(WORDS[code] ?? message, lines.linePos(pos[0]).line)
  }
  try {
    return { value: document.toJS(), written: () => source(document, text, language) }
  } catch (error) {
    return new SyntaxMistake((error as Error).message, lines.linePos(wrongAlias(document) ?? 0).line)
  }
}

/** Where the parser speaks to whoever programs with it. */
const WORDS: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'a second document begins here, after ---, and an inventory is one document',
  RESOURCE_EXHAUSTION: 'is nested too deeply',
}

const wrongAlias = (document: Document.Parsed): number | undefined => {
  let offset: number | undefined
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) !== undefined) return undefined
      offset = alias.range?.[0]
      return visit.BREAK
    },
  })
  return offset
}

const source = (document: Document.Parsed, text: string, language: 'yaml' | 'json'): Source => {
  const aliased = new Set<string>()
  visit(document, { Alias: (_, { source }) => void aliased.add(source) })
  const { contents } = document
  return {
    language,
    text,
    root: contents ? written(contents, { document, text, aliased }) : undefined,
    comments: comments(text),
  }
}

interface Scope {
  document: Document.Parsed
  text: string
  /** Anchors that aliases refer to. */
  aliased: ReadonlySet<string>
  /** Aliases that led here. */
  followed?: readonly Node[]
}

const written = (node: Node, scope: Scope): Written => {
  if (isAlias(node)) {
    const { document, followed = [] } = scope
    const target = node.resolve(document)
    return target === undefined || followed.includes(target)
      ? computed(node)
      : written(target, { ...scope, followed: [...followed, target] })
  }
  const shared =
    !isAlias(node) && 'anchor' in node && scope.aliased.has(node.anchor ?? '')
      ? { shared: `has the anchor &${node.anchor}, which is used elsewhere too` }
      : {}
  if (isScalar(node)) {
    const { start, end } = spanOf(node)
    return {
      form: 'plain',
      start,
      end: start + scope.text.slice(start, end).trimEnd().length,
      value: node.value,
      ...shared,
    }
  }
  if (!isCollection(node) || (node.flow && !/[[{]/.test(scope.text[node.range![0]]!))) return computed(node)
  const parts = isMap(node) ? fields(node, scope) : isSeq(node) ? elements(node, scope) : []
  const { start, end } = spanOf(node)
  const block = node.flow !== true
  const form = isMap(node) ? 'fields' : 'list'
  return { form, start, end: block ? (parts.at(-1)?.end ?? end) : end, block, parts, ...shared }
}

const fields = (map: YAMLMap, scope: Scope): Part[] =>
  (map.items as (Pair<Node, Node | null> & { srcToken?: CST.CollectionItem })[]).map((pair) => {
    const { key, value, srcToken } = pair
    const colon = srcToken?.sep?.find(({ type }) => type === 'map-value-ind')
    const start = begin(srcToken?.start) ?? spanOf(key).start
    const explicit = srcToken?.start.some(({ type }) => type === 'explicit-key-ind')
    if (colon === undefined || explicit || value === null) {
      const { end } = spanOf(value ?? key)
      return {
        start,
        end,
        after: start,
        ...(isScalar(key) && { key: String(key.value) }),
        value: { form: 'computed', start, end },
      }
    }
    const inside = written(value, scope)
    const end = isAlias(value) ? spanOf(value).end : inside.end
    const isName = isScalar(key) && typeof key.value !== 'symbol'
    const name = isName ? { key: String(key.value) } : { spread: true as const }
    return { start, end, after: colon.offset + 1, ...name, value: inside }
  })

const elements = (list: YAMLSeq, scope: Scope): Part[] =>
  (list.items as Node[]).map((node, index) => {
    const { start: tokens } = (list.srcToken as CST.BlockSequence).items[index]!
    const dash = tokens.find(({ type }) => type === 'seq-item-ind')
    const value = written(node, scope)
    const start = dash?.offset ?? begin(tokens) ?? spanOf(node).start
    return {
      start,
      end: isAlias(node) ? spanOf(node).end : value.end,
      after: dash ? start + 1 : start,
      value,
    }
  })

/** Where an anchor or a tag before a value begins. */
const begin = (tokens: readonly CST.SourceToken[] = []): number | undefined =>
  tokens.find(({ type }) => type === 'anchor' || type === 'tag' || type === 'explicit-key-ind')?.offset

const comments = (text: string): Span[] => {
  const found: Span[] = []
  let start = 0
  for (const lexeme of new Lexer().lex(text)) {
    const type = CST.tokenType(lexeme)
    const end = start + (MARKS.has(lexeme) ? 0 : lexeme.length)
    if (type === 'comment') found.push({ start, end })
    start = end
  }
  return found
}

/** What the lexer says between the pieces of the text. */
const MARKS: ReadonlySet<string> = new Set([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR])

const computed = (node: Node): Computed => ({ ...spanOf(node), form: 'computed' })

const spanOf = (node: Node): Span => ({ start: node.range![0], end: node.range![1] })
