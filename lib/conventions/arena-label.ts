import { createHash } from 'node:crypto'

/** The label that Arena puts on the jobs of a service account: the MD5 of its user name (pkg/apis/config, v0.15.5). */
export const arenaJobLabel = (namespace: string, serviceAccount: string): string => {
  const username = `system:serviceaccount:${namespace}:${serviceAccount}`
  return `arena.kubeflow.org/uid=${createHash('md5').update(username).digest('hex')}`
}
