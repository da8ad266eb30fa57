import { resolve } from 'node:path'
import { defined } from '../../base/defined.ts'
import type { ClusterEntry, UserEntry } from './entries.ts'

type Exec = NonNullable<UserEntry['exec']>

/** A credential plugin: a program that prints who we are. */
export interface Plugin {
  command: string
  args: readonly string[]
  env: readonly { name: string; value: string }[]
  installHint: string
}

/** An extension of a cluster that is meant for its credential plugin. */
const CONFIG = 'client.authentication.k8s.io/exec'

/**
 * A credential plugin as kubectl runs it: found from where the kubeconfig is, and told about the cluster when it asks
 * for that. https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export const pluginOf = (
  { apiVersion, command, args, env, installHint, provideClusterInfo }: Exec,
  directory: string,
  cluster: ClusterEntry & { ca: string },
): Plugin => {
  const spec = { interactive: false, ...(provideClusterInfo && { cluster: clusterInfo(cluster) }) }
  const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec })
  return {
    command: command.includes('/') ? resolve(directory, command) : command,
    args: args ?? [],
    env: [...(env ?? []), { name: 'KUBERNETES_EXEC_INFO', value: info }],
    installHint: installHint ?? '',
  }
}

const clusterInfo = ({ server, ca, extensions, ...entry }: ClusterEntry & { ca: string }): object => {
  const { 'tls-server-name': name, 'proxy-url': proxy } = entry
  const config = extensions?.find((one) => one.name === CONFIG)?.['extension']
  return {
    server,
    ...(ca !== '' && { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
    ...(name && { 'tls-server-name': name }),
    ...(proxy && { 'proxy-url': proxy }),
    ...defined({ config }),
  }
}
