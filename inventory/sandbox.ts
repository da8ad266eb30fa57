// The table of prod.ts on the sandbox of this machine, as `npm run sandbox -- up` has left it in .sandbox/state.json.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { AutomationError } from '../lib/base/errors.ts'
import prod from './prod.ts'
import { defineInventory, secret } from './schema.ts'

interface State {
  /** Address of the API server. */
  server: string
  clients: { name: string; address: string; port: number }[]
  arena: { archive: string; sha256: string }
}

const root = resolve(process.env['ARENA_SANDBOX_STATE'] ?? join(import.meta.dirname, '../.sandbox'))
const inSandbox = (path: string): string => join(root, path)

const readState = (): State => {
  const file = inSandbox('state.json')
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    const message = `the sandbox is not up: ${file} cannot be read`
    throw new AutomationError({
      code: 'inventory',
      message,
      hint: 'start it with npm run sandbox -- up',
      cause,
    })
  }
}

const { server, clients, arena } = readState()

export default defineInventory({
  ...prod,
  name: 'sandbox',
  cluster: { context: 'sandbox', kubeconfig: inSandbox('admin.kubeconfig'), server },
  arena: { archive: resolve(root, arena.archive), sha256: arena.sha256 },
  hosts: clients.map(({ name, address, port }) => ({
    name,
    address,
    port,
    user: 'root',
    identityFile: inSandbox('ssh/id_ed25519'),
    sshConfig: inSandbox('ssh/config'),
    knownHosts: inSandbox('ssh/known_hosts'),
  })),
  nas: { server: 'nas.sandbox.test' },
  users: prod.users.map((user) => ({
    ...user,
    password: secret.file(inSandbox(`secrets/${user.name}.password`)),
  })),
})
