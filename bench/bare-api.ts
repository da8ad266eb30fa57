// Requests to the API server with nothing around them.
import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { parse } from 'yaml'

interface Kubeconfig {
  clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }]
  users: [{ user: { 'client-certificate-data': string; 'client-key-data': string } }]
}

/** What the API server answered instead of doing it. */
export class BareRefusal extends Error {
  readonly status: number | undefined

  constructor(message: string, status: number | undefined) {
    super(`${message} (${status})`)
    this.status = status
  }
}

export type BareApi = (method: 'GET' | 'POST', path: string, body?: object) => Promise<Buffer>

/** Asks as a kubeconfig with a client certificate says; each request has a connection of its own unless kept. */
export const bareApi = async (kubeconfig: string, kept: boolean): Promise<BareApi> => {
  const { clusters, users } = parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig
  const [{ cluster }] = clusters
  const [{ user }] = users
  const pem = (data: string): Buffer => Buffer.from(data, 'base64')
  const agent = new Agent({
    keepAlive: kept,
    ...(kept && { maxSockets: 32 }),
    ca: pem(cluster['certificate-authority-data']),
    cert: pem(user['client-certificate-data']),
    key: pem(user['client-key-data']),
  })
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json' }
      const sent = request(`${cluster.server}${path}`, { agent, method, headers }, async (response) => {
        const answer = await buffer(response)
        if ((response.statusCode ?? 500) < 300) resolve(answer)
        else reject(new BareRefusal(`${method} ${path}: ${answer.toString('utf8')}`, response.statusCode))
      })
      sent.on('error', reject).end(body === undefined ? '' : JSON.stringify(body))
    })
}
