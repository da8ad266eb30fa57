// Both ways to a machine on loopback, in turns: a cold login with one command, one more command, a large upload.
import { truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { sh } from '../lib/base/shell.ts'
import type { HostConnection } from '../lib/connect/connection.ts'
import { connectOpenSsh } from '../lib/connect/openssh/openssh.ts'
import { connectSsh } from '../lib/connect/ssh/ssh.ts'
import { startSshd, writeKey } from '../test/support/sshd.ts'

const REPEATS = 9
const MEGABYTES = 48
const WAYS = { 'node-ssh': connectSsh, openssh: connectOpenSsh }
type Way = keyof typeof WAYS

const { signal } = new AbortController()
const options = { signal, timeoutMs: 120_000 }
const times = new Map<string, Record<Way, number[]>>()

const timed = async <T>(what: string, way: Way, work: () => Promise<T>): Promise<T> => {
  const began = performance.now()
  const result = await work()
  const all = times.get(what) ?? { 'node-ssh': [], openssh: [] }
  all[way].push(performance.now() - began)
  times.set(what, all)
  return result
}

const command = (host: HostConnection) => host.run([{ id: 'it', script: sh`true` }], { signal })
const middle = (numbers: number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!

const server = await startSshd()
try {
  const file = join(server.dir, 'archive')
  await writeKey(file)
  await truncate(file, MEGABYTES * 1024 * 1024)
  for (let count = 0; count < REPEATS; count++)
    for (const way of Object.keys(WAYS) as Way[]) {
      const host = await timed('cold: login and one command', way, async () => {
        const connected = await WAYS[way](server.settings(), options)
        await command(connected)
        return connected
      })
      await timed('one more command', way, () => command(host))
      await timed(`upload of ${MEGABYTES} MB`, way, () => host.upload(file, `${file}.copy`, signal))
      await host.close()
    }
} finally {
  await server.stop()
}
console.log('| | node-ssh | openssh | openssh / node-ssh |\n|---|---|---|---|')
for (const [what, all] of times) {
  const [node, open] = [middle(all['node-ssh']), middle(all.openssh)]
  console.log(`| ${what} | ${node.toFixed(0)} ms | ${open.toFixed(0)} ms | ${(open / node).toFixed(2)} |`)
}
