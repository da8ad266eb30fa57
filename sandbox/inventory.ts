import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { type Document, isMap, isSeq, parseDocument, type YAMLMap } from 'yaml'
import { exists, replaceFile } from './files.ts'
import { CHECKOUT, type SandboxState } from './state.ts'

/** The inventory that a sandbox leaves in its directory, for playbooks that edit one. */
export const inventoryOf = (state: Pick<SandboxState, 'directory'>): string =>
  join(state.directory, 'inventory.yaml')

const flow = (document: Document, value: Record<string, unknown>): YAMLMap => {
  const node = document.createNode(value) as YAMLMap
  node.flow = true
  return node
}

const setHosts = (document: Document, state: SandboxState): void => {
  const inside = (path: string): string => relative(state.directory, path)
  const [identityFile, sshConfig, knownHosts] = [state.sshKey, state.sshConfig, state.knownHosts].map(inside)
  const hosts = state.clients.map(({ name, address, port }) =>
    flow(document, { name, address, port, user: 'root', identityFile, sshConfig, knownHosts }),
  )
  document.set('hosts', document.createNode(hosts))
}

const setPasswords = (document: Document, { directory, passwords }: SandboxState): void => {
  const users = document.get('users')
  if (!isSeq(users)) return
  for (const user of users.items.filter(isMap)) {
    const file = passwords[String(user.get('name'))]
    if (file !== undefined) user.set('password', flow(document, { file: relative(directory, file) }))
  }
}

/**
 * Writes the table of inventory/example.yaml for this sandbox. One that is there already keeps what people and
 * playbooks wrote into it; only its client machines become those of the sandbox.
 */
export const writeInventory = async (state: SandboxState): Promise<void> => {
  const file = inventoryOf(state)
  const before = await exists(file)
  const source = before ? file : join(CHECKOUT, 'inventory/example.yaml')
  const text = await readFile(source, 'utf8')
  const document = parseDocument(before ? text : text.replace(/^(#.*\n)+/, ''))
  if (!before) {
    const { server, context, kubeconfig, arena, directory } = state
    const schema = relative(directory, join(CHECKOUT, 'inventory/schema.json'))
    document.commentBefore =
      ` yaml-language-server: $schema=${schema}\n The table of inventory/example.yaml on this sandbox, ` +
      'for playbooks to edit.'
    document.set('name', 'sandbox')
    document.set('cluster', flow(document, { context, kubeconfig: relative(directory, kubeconfig), server }))
    document.set(
      'arena',
      flow(document, { archive: relative(directory, arena.archive), sha256: arena.sha256 }),
    )
    document.set('nas', flow(document, { server: 'nas.sandbox.test' }))
    setPasswords(document, state)
  }
  setHosts(document, state)
  await replaceFile(file, document.toString({ lineWidth: 0 }))
}
