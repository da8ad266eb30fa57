// The least that a look at the cluster can cost: one bare LIST per kind over one process's own connections.
import * as kinds from '../lib/kube/object.ts'
import { bareApi } from './bare-api.ts'

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
const api = await bareApi(file, false)

const bytesOf = async (kind: kinds.Kind): Promise<number> => {
  const query =
    kind.fieldSelector === undefined ? '' : `?fieldSelector=${encodeURIComponent(kind.fieldSelector)}`
  const body = await api('GET', `${kinds.pathOf(kind)}${query}`)
  JSON.parse(body.toString('utf8'))
  return body.length
}

const sizes = await Promise.all(ASKED.map(bytesOf))
console.log(`${sizes.length} LISTs, ${sizes.reduce((sum, size) => sum + size, 0)} bytes`)
