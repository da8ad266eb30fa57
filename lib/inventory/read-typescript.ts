import { parse } from '@babel/parser'
import type { Expression, File, Node, ObjectExpression } from '@babel/types'
import { defined } from '../base/defined.ts'
import { type Computed, type Part, type Source, type Span, SyntaxMistake, type Written } from './source.ts'
import { constantsIn, importedAs, propertyNameOf, usesIn } from './typescript-names.ts'

/** TypeScript or JavaScript with what its default export is written as; or the first mistake of its syntax. */
export const readModule = (text: string): Source | SyntaxMistake => {
  let file: File
  try {
    file = parse(text, {
      sourceType: 'module',
      plugins: ['typescript'],
      createParenthesizedExpressions: true,
    })
  } catch (error) {
    const { message, loc } = error as SyntaxError & { loc?: { line: number } }
    return new SyntaxMistake(message.replace(/ \(\d+:\d+\)$/, ''), loc?.line)
  }
  const { program } = file
  const exported = program.body.find((statement) => statement.type === 'ExportDefaultDeclaration')
  const secret = importedAs('secret', program)
  const scope = {
    text,
    constants: constantsIn(program),
    uses: usesIn(program),
    secret,
    identity: importedAs('defineInventory', program),
  }
  return {
    language: 'module',
    text,
    root: exported && written(exported.declaration, scope),
    comments: (file.comments ?? []).map(spanOf),
    ...defined({ secret }),
  }
}

interface Scope {
  text: string
  constants: ReadonlyMap<string, Expression>
  uses: ReadonlyMap<string, number>
  /** What the file calls `secret` and `defineInventory` of the schema. */
  secret: string | undefined
  identity: string | undefined
}

const written = (node: Node, scope: Scope): Written => {
  switch (node.type) {
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
    case 'TSTypeAssertion':
    case 'ParenthesizedExpression':
      return written(node.expression, scope)
    case 'ObjectExpression':
      return {
        ...spanOf(node),
        form: 'fields',
        block: false,
        parts: node.properties.map((one) => field(one, scope)),
      }
    case 'ArrayExpression':
      return {
        ...spanOf(node),
        form: 'list',
        block: false,
        parts: node.elements.map((one) => (one ? element(one, scope) : hole(node))),
      }
    case 'StringLiteral':
    case 'NumericLiteral':
    case 'BooleanLiteral':
      return { ...spanOf(node), form: 'plain', value: node.value }
    case 'NullLiteral':
      return { ...spanOf(node), form: 'plain', value: null }
    case 'TemplateLiteral':
      return node.expressions.length === 0
        ? { ...spanOf(node), form: 'plain', value: node.quasis[0]?.value.cooked }
        : computed(node)
    case 'Identifier':
      return constant(node.name, scope) ?? computed(node)
    case 'CallExpression':
      return call(node, scope)
    default:
      return computed(node)
  }
}

const field = (node: ObjectExpression['properties'][number], scope: Scope): Part => {
  const span = spanOf(node)
  if (node.type === 'SpreadElement')
    return { ...span, after: span.start, spread: true, value: computed(node) }
  const key = node.computed ? undefined : propertyNameOf(node.key)
  if (key === undefined) return { ...span, after: span.start, spread: true, value: computed(node) }
  if (node.type === 'ObjectMethod') return { ...span, key, after: span.start, value: computed(node) }
  const value = written(node.value, scope)
  const after = node.shorthand ? span.end : scope.text.indexOf(':', node.key.end!) + 1
  return { ...span, key, after, value }
}

const element = (node: Node, scope: Scope): Part => ({
  ...spanOf(node),
  after: node.start!,
  ...(node.type === 'SpreadElement' && { spread: true }),
  value: written(node, scope),
})

const hole = (list: Node): Part => ({ ...spanOf(list), after: list.start!, value: computed(list) })

const call = (node: Node & { type: 'CallExpression' }, scope: Scope): Written => {
  const { callee } = node
  const [argument] = node.arguments
  if (callee.type === 'Identifier' && argument !== undefined) {
    const from = written(argument, scope)
    return callee.name === scope.identity ? from : { ...computed(node), from }
  }
  if (callee.type !== 'MemberExpression' || callee.object.type !== 'Identifier' || callee.computed)
    return computed(node)
  const isSource = callee.object.name === scope.secret && argument?.type === 'StringLiteral'
  return isSource
    ? { ...spanOf(node), form: 'plain', value: { [propertyNameOf(callee.property)!]: argument.value } }
    : computed(node)
}

const constant = (name: string, scope: Scope): Written | undefined => {
  const init = scope.constants.get(name)
  if (init === undefined) return undefined
  const others = new Map([...scope.constants].filter(([other]) => other !== name))
  const value = written(init, { ...scope, constants: others })
  if (value.form === 'computed' || scope.uses.get(name) === 1) return value
  return { ...value, shared: `comes from ${name}, which is used elsewhere too` }
}

const computed = (node: Node): Computed => ({ ...spanOf(node), form: 'computed' })

const spanOf = ({ start, end }: { start?: number | null; end?: number | null }): Span => ({
  start: start!,
  end: end!,
})
