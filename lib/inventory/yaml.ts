import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml'
import type { Locate } from './lines.ts'

/** What a YAML or JSON text holds, with the lines of its parts; or the first mistake of its syntax. */
export type ReadYaml = { value: unknown; locate: Locate } | { line: number; message: string }

export const readYaml = (source: string): ReadYaml => {
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false })
  const [problem] = [...document.errors, ...document.warnings]
  if (problem !== undefined) return { line: lines.linePos(problem.pos[0]).line, message: problem.message }
  const locate: Locate = (path) => {
    const offset = offsetOf(document, path)
    return offset === undefined ? undefined : lines.linePos(offset).line
  }
  try {
    return { value: document.toJS(), locate }
  } catch (error) {
    return { line: lines.linePos(wrongAlias(document) ?? 0).line, message: (error as Error).message }
  }
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

/** Where the value at a path, or the nearest thing around it, begins. */
const offsetOf = (document: Document.Parsed, path: readonly (string | number)[]): number | undefined => {
  let at: Node | null | undefined = document.contents
  let offset = startOf(at)
  for (const key of path) {
    if (isAlias(at)) at = at.resolve(document)
    if (isMap(at)) {
      const pair = at.items.find((one) => isScalar(one.key) && String(one.key.value) === String(key))
      if (pair === undefined) break
      offset = startOf(pair.key as Node) ?? offset
      at = pair.value as Node | null
    } else if (isSeq(at)) {
      const item = at.items[Number(key)] as Node | undefined
      if (item === undefined) break
      offset = startOf(item) ?? offset
      at = item
    } else break
  }
  return offset
}

const startOf = (node: Node | null | undefined): number | undefined => node?.range?.[0]
