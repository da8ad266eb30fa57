import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { writeKubeconfig } from '../../sandbox/certificates.ts'
import type { SandboxState } from '../../sandbox/state.ts'

/** What an authorizer answers whatever it is asked; `broken` is no answer. */
export type Opinion = 'allowed' | 'none' | 'broken'

export interface Authorizer {
  /** The AuthorizationConfiguration of an API server that asks it where Node and RBAC say nothing. */
  configuration: string
  say(opinion: Opinion): void
  close(): void
}

/** An authorization webhook that answers with what it was told to, and fails open, as webhooks of clouds do. */
export const authorizer = async ({ directory }: SandboxState): Promise<Authorizer> => {
  const pki = (file: string) => join(directory, 'pki', file)
  const [cert, key] = await Promise.all(['apiserver.crt', 'apiserver.key'].map((file) => readFile(pki(file))))
  let opinion: Opinion = 'none'
  const server = createServer({ cert, key }, (request, response) => {
    request.resume()
    // A refusal that the API server does not try again.
    response.writeHead(opinion === 'broken' ? 400 : 200, { 'content-type': 'application/json' })
    const status = { allowed: opinion === 'allowed' }
    response.end(
      JSON.stringify({ apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', status }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const kubeConfigFile = pki('authorizer.kubeconfig')
  await writeKubeconfig(directory, kubeConfigFile, {
    certificate: 'apiserver',
    server: `https://127.0.0.1:${port}`,
  })
  const webhook = {
    timeout: '3s',
    authorizedTTL: '1s',
    unauthorizedTTL: '1s',
    subjectAccessReviewVersion: 'v1',
    matchConditionSubjectAccessReviewVersion: 'v1',
    failurePolicy: 'NoOpinion',
    connectionInfo: { type: 'KubeConfigFile', kubeConfigFile },
  }
  const configuration = pki('authorization.yaml')
  await writeFile(
    configuration,
    JSON.stringify({
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'AuthorizationConfiguration',
      authorizers: [
        { type: 'Node', name: 'node' },
        { type: 'RBAC', name: 'rbac' },
        { type: 'Webhook', name: 'another', webhook },
      ],
    }),
  )
  return {
    configuration,
    say: (said) => {
      opinion = said
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
