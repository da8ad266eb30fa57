import { untrusted } from '../base/printable.ts'
import type { KubeObject } from './object.ts'
import type { Condition, PersistentVolume, WithConditions } from './shapes.ts'

/** Why an object that is being deleted is still there, and what the admin does about it. */
export interface PendingDeletion {
  reason: string
  hint: string
}

const RUN_AGAIN = 'then run again'

/** What holds an object that is being deleted, as far as it says so itself. */
export const holdingOf = (object: KubeObject): PendingDeletion => {
  const { kind, metadata } = object
  const finalizers = finalizersOf(object)
  if (kind === 'Namespace') return ofNamespace(object)
  if (kind === 'PersistentVolume' && finalizers.includes('kubernetes.io/pv-protection'))
    return ofVolume(object)
  if (kind === 'PersistentVolumeClaim' && finalizers.includes('kubernetes.io/pvc-protection'))
    return {
      reason: 'is being deleted, and held by the pods that mount it',
      hint:
        `end them (kubectl describe pvc ${metadata.name} -n ${metadata.namespace} names them under ` +
        `Used By), ${RUN_AGAIN}`,
    }
  return finalizers.length === 0
    ? { reason: 'is being deleted', hint: `wait until it is gone, ${RUN_AGAIN}` }
    : ofFinalizers(object)
}

/** Whether a namespace says that it cannot be emptied, which no waiting changes. */
export const isStuck = (object: KubeObject): boolean => troublesOf(object).some(({ type }) => type in CURES)

const finalizersOf = ({ metadata: { finalizers } }: KubeObject): string[] =>
  Array.isArray(finalizers) ? finalizers.map(String) : []

const ofFinalizers = (object: KubeObject): PendingDeletion => {
  const { kind, metadata } = object
  const names = untrusted(finalizersOf(object).join(', '))
  const place = metadata.namespace === undefined ? '' : ` -n ${metadata.namespace}`
  return {
    reason: `is being deleted, and held by its finalizers: ${names}`,
    hint:
      'whoever set them takes them off in the end; when nobody does any more: kubectl patch ' +
      `${kind.toLowerCase()} ${metadata.name}${place} --type=merge -p ` +
      `'{"metadata":{"finalizers":null}}', ${RUN_AGAIN}`,
  }
}

const ofVolume = ({ spec, metadata: { name } }: PersistentVolume): PendingDeletion => {
  const { claimRef } = spec ?? {}
  if (claimRef === undefined)
    return { reason: 'is being deleted', hint: `wait until it is gone, ${RUN_AGAIN}` }
  const { namespace = '', name: claim = '' } = claimRef
  return {
    reason: `is being deleted, and held by the claim ${namespace}/${claim} while that is bound to it`,
    hint:
      `the data stays where it is: end the pods that mount it, kubectl delete pvc ${claim} -n ` +
      `${namespace}, see that ${name} is gone (kubectl get pv ${name}), ${RUN_AGAIN}, which makes both ` +
      'anew',
  }
}

/** What only somebody can mend, whatever the namespace holds. */
const CURES: Record<string, string> = {
  NamespaceDeletionDiscoveryFailure:
    'kubectl get apiservices: one that is not Available keeps it; mend or delete that',
  NamespaceDeletionGroupVersionParsingFailure: 'kubectl api-versions: one of them cannot be read',
}

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/namespace-v1/#NamespaceStatus */
const troublesOf = ({ status }: WithConditions): Condition[] =>
  (status?.conditions ?? []).filter(
    ({ type, status: is }) =>
      /^Namespace(Deletion.*Failure|ContentRemaining|FinalizersRemaining)$/.test(type) && is === 'True',
  )

const FINALIZERS = 'NamespaceFinalizersRemaining'

/** Whoever set the finalizers may still be at work, or gone for good. */
const whatIsLeft = ({ metadata: { name } }: KubeObject): string =>
  'whoever set the finalizers takes them off in the end; when nobody does any more, see what is left: kubectl ' +
  `api-resources --verbs=list --namespaced -o name | xargs -n1 kubectl get -n ${name} --ignore-not-found ` +
  '--show-kind; and take them off it'

const ofNamespace = (namespace: KubeObject): PendingDeletion => {
  const troubles = troublesOf(namespace)
  if (troubles.length === 0 && finalizersOf(namespace).length > 0) return ofFinalizers(namespace)
  const said = troubles.map(({ message = '' }) => untrusted(message)).filter(Boolean)
  const cures = troubles.flatMap(
    ({ type }) => CURES[type] ?? (type === FINALIZERS ? whatIsLeft(namespace) : []),
  )
  return {
    reason: ['is being deleted', ...said].join(': '),
    hint: [...cures, `wait until it is gone, ${RUN_AGAIN}`].join('; '),
  }
}
