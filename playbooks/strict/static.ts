// Strict's policies as files that the API server reads, where the control plane is the admin's own (Kubernetes 1.37).
import {
  ASKING_POD,
  admissionConfiguration,
  canBeStatic,
  filesOf,
  type Inventory,
  type KubeObject,
  noPlaybook,
  type Resource,
  type Stamp,
  stampName,
  stampOf,
  type Target,
} from '../../lib/playbook.ts'
import { admissionPolicy } from '../../tasks/admission-policy.ts'
import { admissionPolicyBinding } from '../../tasks/admission-policy-binding.ts'
import { staticManifest } from '../../tasks/static-manifest.ts'

const objectOf = ({ type: { live }, want }: Resource): KubeObject => {
  const { kind, manifest } = live!
  return { apiVersion: kind.apiVersion, kind: kind.kind, ...manifest!(want) } as KubeObject
}

const staticOf = (policies: readonly Resource[]): KubeObject[] => policies.map(objectOf).filter(canBeStatic)

/** What API servers answer that have read the files of these policies. */
export const staticStamp = (policies: readonly Resource[], { name }: Inventory): Stamp =>
  stampOf(name, staticOf(policies))

/** Says to a pod that asks which files are in force. */
const answering = (cluster: Target, { name: inventory }: Inventory, { sum }: Stamp): Resource[] => {
  const name = stampName(inventory)
  const expression = `object.metadata.name != '${ASKING_POD}'`
  const message = `${sum}: the static manifests of arena-playbooks that are in force`
  const resourceRules = [{ apiGroups: [''], resources: ['pods'] }]
  return [
    admissionPolicy(cluster, { name, resourceRules, variables: [], validations: [{ expression, message }] }),
    admissionPolicyBinding(cluster, { name, policy: name, inventory }),
  ]
}

/** The files of these policies, and the one that API servers are started with. */
export const staticFiles = (
  here: Target,
  directory: string,
  policies: readonly Resource[],
  inventory: Inventory,
): Resource[] => {
  const answer = answering(policies[0]!.on, inventory, staticStamp(policies, inventory))
  const start = `${directory}/admission.yaml`
  const next =
    `have every API server read ${directory}: copy it to where each runs, and start kube-apiserver (from 1.37) with ` +
    `--admission-control-config-file=${start}, or add its plugins to the file that it has; one that was started so ` +
    'takes changes up by itself. verify --only J7 tells whether it has; what is new stays in the API too until you ' +
    'delete it there'
  return [
    ...Object.entries(filesOf(inventory.name, [...staticOf(policies), ...answer.map(objectOf)])).map(
      ([file, content]) => staticManifest(here, { file: `${directory}/${file}`, content, next }),
    ),
    staticManifest(here, { file: start, content: admissionConfiguration(directory), next }),
  ]
}

if (import.meta.main) noPlaybook(import.meta.filename)
