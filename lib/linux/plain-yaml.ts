import { yaml } from '../base/packages.ts'

/**
 * What a text may hold at most. A kubeconfig of 200 clusters stays below, and whatever does is parsed in a fraction of
 * a second.
 */
export const MOST = { lines: 10_000, words: 20_000, brackets: 20, columns: 100 } as const

/** What kubectl never writes, by the names that the lexer gives it. */
const ODD: Readonly<Record<string, string>> = {
  anchor: 'an anchor (&)',
  alias: 'an alias (*)',
  tag: 'a tag (!)',
  'explicit-key-ind': 'a key that begins with ?',
  'directive-line': 'a directive (%)',
  'flow-error-end': 'a bracket that is not closed',
}

/**
 * Why a text that anybody may have written is not handed to the YAML parser, which takes far longer for some texts than
 * for others of their length; undefined for one as kubectl and people write them. Itself takes time in proportion to
 * the length.
 */
export const oddYaml = (text: string): string | undefined => {
  if (text.split('\n', MOST.lines + 1).length > MOST.lines) return `it has more than ${MOST.lines} lines`
  const { CST, Lexer } = yaml()
  const nesting = new Nesting()
  let words = 0
  for (const source of new Lexer().lex(text)) {
    const type = CST.tokenType(source) ?? ''
    if (type in ODD) return `it holds ${ODD[type]}`
    if (++words > MOST.words) return `it has more than ${MOST.words} words and signs`
    const fault = nesting.after(type, source)
    if (fault !== undefined) return fault
  }
  return undefined
}

/** How deep a text is nested: brackets in brackets; outside of them how far to the right a line begins and goes on. */
class Nesting {
  /** The types of those that are open. */
  readonly #brackets: string[] = []
  #columns = 0
  #indents = true
  /** The last type but for blanks and comments. */
  #last = ''

  after(type: string, source: string): string | undefined {
    if (this.#isKeyInBrackets(type)) return 'it holds a key in brackets'
    if (type.endsWith('-start')) this.#brackets.push(type)
    else if (isEnd(type) && this.#brackets.pop() === undefined) return 'it closes a bracket that is not open'
    else if (this.#brackets.length === 0) this.#outside(type, source)
    if (!/^(space|newline|comment)$/.test(type)) this.#last = type
    if (this.#brackets.length > MOST.brackets)
      return `it has more than ${MOST.brackets} brackets in each other`
    return this.#columns > MOST.columns ? `it is indented by more than ${MOST.columns} columns` : undefined
  }

  #isKeyInBrackets(type: string): boolean {
    if (type === 'map-value-ind') return isEnd(this.#last)
    return (
      type.endsWith('-start') && this.#brackets.at(-1) === 'flow-map-start' && this.#last !== 'map-value-ind'
    )
  }

  /** An item or a key on the line of another counts as a column, as it is nested in it. */
  #outside(type: string, source: string): void {
    const ends = source.endsWith('\n')
    if (ends) this.#columns = 0
    else if (this.#indents && type === 'space') this.#columns += source.length
    else if (type === 'seq-item-ind' || type === 'map-value-ind') this.#columns++
    this.#indents = ends
  }
}

const isEnd = (type: string): boolean => type === 'flow-map-end' || type === 'flow-seq-end'
