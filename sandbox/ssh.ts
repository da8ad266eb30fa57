import { createHmac, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runProcess } from './command.ts'
import { exists, replaceFile } from './files.ts'
import type { ClientMachine, SandboxState } from './state.ts'

/** Makes an Ed25519 key pair at the path unless there is one; resolves with the public half. */
export const makeKey = async (path: string, comment: string): Promise<string> => {
  if (!(await exists(path)))
    await runProcess('ssh-keygen')`ssh-keygen -q -t ed25519 -N ${''} -C ${comment} -f ${path}`
  return (await readFile(`${path}.pub`, 'utf8')).trim()
}

/** The path of a machine's host key, which it keeps for as long as it exists. */
export const hostKeyPath = (directory: string, name: string): string => join(directory, 'ssh', `host-${name}`)

const hashed = (host: string): string => {
  const salt = randomBytes(20)
  const hash = createHmac('sha1', salt).update(host).digest('base64')
  return `|1|${salt.toString('base64')}|${hash}`
}

const quoted = (path: string): string => `"${path}"`

/** Writes ssh/config and ssh/known_hosts for these machines; the first one's name is hashed, the others' are plain. */
export const writeSshFiles = async (state: SandboxState): Promise<void> => {
  const { directory, clients, sshConfig, sshKey, knownHosts } = state
  const entries = await Promise.all(
    clients.map(async ({ name, address, port }, index) => {
      const host = `[${address}]:${port}`
      const key = await makeKey(hostKeyPath(directory, name), name)
      return `${index === 0 ? hashed(host) : host} ${key}\n`
    }),
  )
  await replaceFile(knownHosts, entries.join(''))
  const block = ({ name, address, port }: ClientMachine) => `Host ${name}
  HostName ${address}
  Port ${port}
  User root
  IdentityFile ${quoted(sshKey)}
  IdentitiesOnly yes
  UserKnownHostsFile ${quoted(knownHosts)}
  StrictHostKeyChecking yes
  UpdateHostKeys no
`
  await replaceFile(sshConfig, clients.map(block).join('\n'))
}
