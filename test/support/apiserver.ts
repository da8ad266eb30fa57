import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificates, writeKubeconfig } from '../../sandbox/certificates.ts'
import { ensurePart } from '../../sandbox/control-plane.ts'
import { exclusive } from '../../sandbox/lock.ts'
import { findRunning, stop } from '../../sandbox/process.ts'
import { choosePorts, register } from '../../sandbox/reservations.ts'
import { makeStateDirectory, type SandboxState, writeState } from '../../sandbox/state.ts'
import { prepareTools } from '../../sandbox/tools.ts'

/** etcd and a kube-apiserver of our own, empty but for what an API server makes itself. */
export interface ApiServer {
  directory: string
  /** Of an administrator who may do everything; its context is `sandbox`. */
  kubeconfig: string
  server: string
  /** Kills the API server. */
  halt(): Promise<void>
  /** Starts it again, on the same port and with the same data; ready when it resolves. */
  resume(): Promise<void>
  /** Ends both and removes their data. */
  stop(): Promise<void>
}

/** Starts an API server for tests in about three seconds, with the sandbox's own parts. */
export const startApiServer = async (): Promise<ApiServer> => {
  const directory = await makeStateDirectory(await mkdtemp(join(tmpdir(), 'arena-api-')))
  const [tools] = await Promise.all([prepareTools(console.log), makeCertificates(directory)])
  return exclusive('ports', async () => {
    const state = stateOf(directory, await choosePorts(directory, { api: 16443, etcd: 22379 }))
    await writeState(state)
    await register(directory)
    let pids: number[] = []
    const start = async (): Promise<void> => {
      for (const part of ['etcd', 'kube-apiserver'] as const)
        await ensurePart(state, tools, part, await findRunning(directory))
      pids = (await findRunning(directory)).map(({ pid }) => pid)
    }
    const crash = (): void => {
      for (const pid of pids)
        try {
          process.kill(pid, 'SIGKILL')
        } catch {}
      rmSync(directory, { recursive: true, force: true })
    }
    await writeKubeconfig(directory, state.kubeconfig, { certificate: 'bootstrap', server: state.server })
    await start()
    process.once('exit', crash)
    return {
      directory,
      kubeconfig: state.kubeconfig,
      server: state.server,
      halt: () => stop(directory, (part) => part === 'kube-apiserver'),
      resume: start,
      async stop() {
        process.off('exit', crash)
        await stop(directory)
        await rm(directory, { recursive: true, force: true })
      },
    }
  })
}

const stateOf = (directory: string, ports: SandboxState['ports']): SandboxState => ({
  directory,
  server: `https://127.0.0.1:${ports.api}`,
  kubeconfig: join(directory, 'admin.kubeconfig'),
  context: 'sandbox',
  auditLog: join(directory, 'audit.log'),
  sshConfig: '',
  sshKey: '',
  knownHosts: '',
  ports,
  clients: [],
  passwords: {},
  arena: { version: '', archive: '', sha256: '' },
  variant: {},
})

/** Something that answers HTTPS where a kubeconfig expects an API server. */
export interface Answering {
  directory: string
  /** Its context is `sandbox`. */
  kubeconfig: string
  server: string
  close(): Promise<void>
}

/** Answers HTTPS requests as told, for what no real API server does on demand. */
export const answer = async (listener: RequestListener): Promise<Answering> => {
  const directory = await mkdtemp(join(tmpdir(), 'arena-https-'))
  await mkdir(join(directory, 'pki'))
  await makeCertificates(directory)
  const pem = (file: string) => readFile(join(directory, 'pki', file))
  const server = createServer({ cert: await pem('apiserver.crt'), key: await pem('apiserver.key') }, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const kubeconfig = join(directory, 'kubeconfig')
  await writeKubeconfig(directory, kubeconfig, { certificate: 'bootstrap', server: url })
  return {
    directory,
    kubeconfig,
    server: url,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(directory, { recursive: true, force: true })
    },
  }
}
