// The least that a look at the cluster can cost: one bare LIST per kind over one process's own connections.
import { readFile } from 'node:fs/promises'
import { Agent, get } from 'node:https'
import { parse } from 'yaml'
import * as kinds from '../lib/kube/object.ts'

interface Kubeconfig {
  clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }]
  users: [{ user: { 'client-certificate-data': string; 'client-key-data': string } }]
}

const ASKED = [
  kinds.NAMESPACE,
  kinds.SERVICE_ACCOUNT,
  kinds.TOKEN_SECRET,
  kinds.ROLE,
  kinds.ROLE_BINDING,
  kinds.CLUSTER_ROLE,
  kinds.CLUSTER_ROLE_BINDING,
  kinds.RESOURCE_QUOTA,
  kinds.LIMIT_RANGE,
  kinds.PERSISTENT_VOLUME,
  kinds.PERSISTENT_VOLUME_CLAIM,
]

const file = process.argv[2]
if (file === undefined) throw new Error('usage: node bench/floor.ts <kubeconfig>')
const { clusters, users } = parse(await readFile(file, 'utf8')) as Kubeconfig
const [{ cluster }] = clusters
const [{ user }] = users
const pem = (data: string): Buffer => Buffer.from(data, 'base64')
const agent = new Agent({
  keepAlive: false,
  ca: pem(cluster['certificate-authority-data']),
  cert: pem(user['client-certificate-data']),
  key: pem(user['client-key-data']),
})

const bytesOf = (kind: kinds.Kind): Promise<number> =>
  new Promise((resolve, reject) => {
    const query =
      kind.fieldSelector === undefined ? '' : `?fieldSelector=${encodeURIComponent(kind.fieldSelector)}`
    get(`${cluster.server}${kinds.pathOf(kind)}${query}`, { agent }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject)
      response.on('end', () => {
        const body = Buffer.concat(chunks)
        JSON.parse(body.toString('utf8'))
        resolve(body.length)
      })
    }).on('error', reject)
  })

const sizes = await Promise.all(ASKED.map(bytesOf))
console.log(`${sizes.length} LISTs, ${sizes.reduce((sum, size) => sum + size, 0)} bytes`)
