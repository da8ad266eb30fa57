import type { Expression, ImportDeclaration, Node, Program } from '@babel/types'

/** What constants of a file are given. */
export const constantsIn = ({ body }: Program): Map<string, Expression> => {
  const found = new Map<string, Expression>()
  for (const statement of body) {
    const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
    if (declared?.type !== 'VariableDeclaration' || declared.kind !== 'const') continue
    for (const { id, init } of declared.declarations)
      if (id.type === 'Identifier' && init) found.set(id.name, init)
  }
  return found
}

/** What a file calls something that it imports from the schema of inventories. */
export const importedAs = (name: string, { body }: Program): string | undefined =>
  body
    .filter((one): one is ImportDeclaration => one.type === 'ImportDeclaration' && one.importKind !== 'type')
    .filter(({ source }) => /(^|\/)schema(\.[cm]?[jt]s)?$/.test(source.value))
    .flatMap(({ specifiers }) => specifiers)
    .find(
      (one) =>
        one.type === 'ImportSpecifier' && one.importKind !== 'type' && propertyNameOf(one.imported) === name,
    )?.local.name

/** How often each name is used, other than where it is declared or exported, or as a type only. */
export const usesIn = (program: Program): Map<string, number> => {
  const places = new Map<string, Set<number>>()
  const waiting: unknown[] = [program]
  for (const node of waiting)
    if (isNode(node) && node.type === 'Identifier')
      places.set(node.name, (places.get(node.name) ?? new Set()).add(node.start!))
    else waiting.push(...inside(node))
  return new Map([...places].map(([name, { size }]) => [name, size]))
}

const inside = (node: unknown): unknown[] => {
  if (Array.isArray(node)) return node
  if (!isNode(node)) return []
  switch (node.type) {
    case 'VariableDeclarator':
      return node.id.type === 'Identifier' ? [node.init] : [node.id, node.init]
    case 'ObjectProperty':
      return node.computed ? [node.key, node.value] : [node.value]
    case 'MemberExpression':
      return node.computed ? [node.object, node.property] : [node.object]
    case 'ExportSpecifier':
      return []
    default:
      if (node.type.startsWith('TS')) return 'expression' in node ? [node.expression] : []
      return Object.entries(node).flatMap(([key, child]) => (/comments$/i.test(key) ? [] : [child]))
  }
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'

/** A key or another name as it is written, in quotes or without. */
export const propertyNameOf = (key: Node): string | undefined =>
  key.type === 'Identifier' ? key.name : key.type === 'StringLiteral' ? key.value : undefined
