import type { ASTNode } from 'magicast'
import { parseModule } from 'magicast'
import type { Path } from './raw.ts'

/** The line, from 1, of a place in the inventory; undefined where it is not written in the file. */
export type Locate = (path: Path) => number | undefined

/** Finds lines in TypeScript or JavaScript as far as the default export is written out as objects and lists. */
export const linesOfModule = (source: string): Locate => {
  const program = programOf(source)
  const exported = program.find((node) => node.type === 'ExportDefaultDeclaration')
  if (exported === undefined) return () => undefined
  const root = literal(exported.declaration, program)
  return (path) => follow(root, path, program)
}

/** The first mistake of syntax; undefined when there is none. */
export const syntaxError = (source: string): { line?: number; message: string } | undefined => {
  try {
    parseModule(source)
    return undefined
  } catch (error) {
    const { message, loc } = error as SyntaxError & { loc?: { line: number } }
    return { message: message.replace(/ \(\d+:\d+\)$/, ''), ...(loc && { line: loc.line }) }
  }
}

const programOf = (source: string): ASTNode[] => {
  const root: ASTNode = parseModule(source).$ast
  return root.type === 'Program' ? root.body : []
}

const follow = (root: ASTNode, path: Path, program: ASTNode[]): number | undefined => {
  let at = root
  let line = lineOf(root)
  for (const key of path) {
    const { node, value, hidden } = step(at, key)
    if (hidden) return undefined
    // What is missing belongs to what it is missing from.
    if (node === undefined || value === undefined) return line
    line = lineOf(node)
    at = literal(value, program)
  }
  return line
}

interface Found {
  node?: ASTNode
  value?: ASTNode
  /** It may come from elsewhere, through `...`. */
  hidden?: boolean
}

const step = (node: ASTNode, key: string | number): Found => {
  if (node.type === 'ObjectExpression') {
    const property = node.properties.findLast(
      (one) => one.type === 'ObjectProperty' && !one.computed && keyOf(one.key) === key,
    )
    if (property?.type === 'ObjectProperty') return { node: property, value: property.value }
    return { hidden: node.properties.some(({ type }) => type === 'SpreadElement') }
  }
  if (node.type === 'ArrayExpression' && typeof key === 'number') {
    const before = node.elements.slice(0, key + 1)
    if (before.some((element) => element?.type === 'SpreadElement')) return { hidden: true }
    const element = node.elements[key]
    return element ? { node: element, value: element } : {}
  }
  return {}
}

const keyOf = (key: ASTNode): string | undefined =>
  key.type === 'Identifier' ? key.name : key.type === 'StringLiteral' ? key.value : undefined

/** The literal behind a call such as `defineInventory(…)`, a type assertion or the name of a constant of the file. */
const literal = (node: ASTNode, program: ASTNode[]): ASTNode => {
  switch (node.type) {
    case 'CallExpression':
      return node.callee.type === 'Identifier' && node.arguments[0]
        ? literal(node.arguments[0], program)
        : node
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
    case 'ParenthesizedExpression':
      return literal(node.expression, program)
    case 'Identifier':
      return constant(node.name, program) ?? node
    default:
      return node
  }
}

const constant = (name: string, program: ASTNode[]): ASTNode | undefined => {
  for (const statement of program) {
    const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
    if (declared?.type !== 'VariableDeclaration' || declared.kind !== 'const') continue
    for (const { id, init } of declared.declarations)
      if (id.type === 'Identifier' && id.name === name && init) return literal(init, program)
  }
  return undefined
}

const lineOf = (node: ASTNode): number | undefined => node.loc?.start.line
