import { generateKeyPairSync } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { runProcess } from './command.ts'
import { exists, replaceFile } from './files.ts'
import { WORKER } from './nodes.ts'

/** Subject and, for servers, the addresses it answers to. */
interface Certificate {
  ca: 'cluster' | 'etcd'
  subject: string
  addresses?: string
}

const LOOPBACK = 'IP:127.0.0.1,DNS:localhost'

/** Who an operator is that runs in a pod; outside of one it shows a certificate instead of a token. */
const serviceAccount = (namespace: string, name: string): string =>
  `/O=system:serviceaccounts/O=system:serviceaccounts:${namespace}/CN=system:serviceaccount:${namespace}:${name}`

/** etcd has an authority of its own, so that no certificate signed for the cluster opens it. */
const CERTIFICATES: Record<string, Certificate> = {
  apiserver: {
    ca: 'cluster',
    subject: '/CN=kube-apiserver',
    addresses: [
      `${LOOPBACK},IP:10.96.0.1,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc`,
      'DNS:kubernetes.default.svc.cluster.local',
    ].join(),
  },
  bootstrap: { ca: 'cluster', subject: '/O=system:masters/CN=sandbox-bootstrap' },
  admin: { ca: 'cluster', subject: '/CN=sandbox-admin' },
  'kube-controller-manager': { ca: 'cluster', subject: '/CN=system:kube-controller-manager' },
  'kube-scheduler': { ca: 'cluster', subject: '/CN=system:kube-scheduler' },
  kwok: { ca: 'cluster', subject: serviceAccount('kube-system', 'kwok-controller') },
  'training-operator': { ca: 'cluster', subject: serviceAccount('kubeflow', 'training-operator') },
  coredns: { ca: 'cluster', subject: serviceAccount('kube-system', 'coredns') },
  'kube-proxy': { ca: 'cluster', subject: '/CN=system:kube-proxy' },
  'kube-router': { ca: 'cluster', subject: serviceAccount('kube-system', 'kube-router') },
  kubelet: {
    ca: 'cluster',
    subject: `/O=system:nodes/CN=system:node:${WORKER.name}`,
    addresses: `IP:${WORKER.address},DNS:${WORKER.name}`,
  },
  'kubelet-client': { ca: 'cluster', subject: '/O=system:masters/CN=kube-apiserver-kubelet-client' },
  etcd: { ca: 'etcd', subject: '/CN=etcd', addresses: LOOPBACK },
  'etcd-client': { ca: 'etcd', subject: '/CN=kube-apiserver' },
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', '3650']

/** A key and its certificate; who signs it, if not it itself, is a part of `more`. */
const make = async (
  pki: string,
  name: string,
  subject: string,
  extensions: readonly string[],
  more: readonly string[] = [],
): Promise<void> => {
  const flags = [...KEY, ...more, '-subj', subject, ...extensions.flatMap((one) => ['-addext', one])]
  const out = ['-keyout', join(pki, `${name}.key`), '-out', join(pki, `${name}.crt`)]
  await runProcess('openssl')`openssl req -x509 -config ${join(pki, 'openssl.cnf')} ${flags} ${out}`
}

const makeAuthority = (pki: string, name: string): Promise<void> =>
  make(pki, `${name}-ca`, `/CN=sandbox-${name}-ca`, [
    'basicConstraints=critical,CA:TRUE',
    'keyUsage=critical,keyCertSign,cRLSign,digitalSignature',
  ])

const makeCertificate = (pki: string, name: string, certificate: Certificate): Promise<void> => {
  const { ca, subject, addresses } = certificate
  const extensions = [
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature',
    'extendedKeyUsage=serverAuth,clientAuth',
    ...(addresses === undefined ? [] : [`subjectAltName=${addresses}`]),
  ]
  const signer = ['-CA', join(pki, `${ca}-ca.crt`), '-CAkey', join(pki, `${ca}-ca.key`)]
  return make(pki, name, subject, extensions, signer)
}

const makeServiceAccountKeys = async (pki: string): Promise<void> => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  await writeFile(join(pki, 'service-account.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }), {
    mode: 0o600,
  })
  await writeFile(join(pki, 'service-account.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
}

/** Fills `pki/` with the authorities, certificates and keys of the control plane, unless it is complete. */
export const makeCertificates = async (directory: string): Promise<void> => {
  const pki = join(directory, 'pki')
  const complete = join(pki, 'complete')
  if (await exists(complete)) return
  await writeFile(join(pki, 'openssl.cnf'), '[req]\ndistinguished_name = dn\n[dn]\n')
  await Promise.all(['cluster', 'etcd'].map((name) => makeAuthority(pki, name)))
  await Promise.all(
    Object.entries(CERTIFICATES).map(([name, certificate]) => makeCertificate(pki, name, certificate)),
  )
  await makeServiceAccountKeys(pki)
  await writeFile(complete, '')
}

/** Writes a kubeconfig whose cluster, user and context are all named `sandbox`, with everything embedded. */
export const writeKubeconfig = async (
  directory: string,
  path: string,
  { certificate, server }: { certificate: string; server: string },
): Promise<void> => {
  const embed = async (file: string) => (await readFile(join(directory, 'pki', file))).toString('base64')
  const name = 'sandbox'
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': await embed('cluster-ca.crt') } }],
    users: [
      {
        name,
        user: {
          'client-certificate-data': await embed(`${certificate}.crt`),
          'client-key-data': await embed(`${certificate}.key`),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  }
  await replaceFile(path, stringify(config))
}
