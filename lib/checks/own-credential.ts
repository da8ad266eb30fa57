// What the API server makes of a user's own token, of a broken one, and of what they may not create with it.

import {
  type Answer,
  type Attempt,
  type AttemptTrial,
  advise,
  allowing,
  byAdmission,
  type Check,
  fail,
  type Judgement,
  PERSISTENT_VOLUME,
  type PersistentVolume,
  pass,
  promisedByStrict,
  quantity,
  RESOURCE_QUOTA,
  type Refused,
  RUN_SETUP,
  rolesIn,
  type Scene,
  Secret,
} from '../check.ts'
import type { User, Volume } from '../inventory/schema.ts'
import { RENEWED_OTHERWISE } from './failed-try.ts'
import { refusedOtherwise } from './refused.ts'
import { MATRIX_KINDS, type PeersIn, peersInGroups } from './rights/peers.ts'
import { hardOf, quotasIn } from './shares.ts'
import { tried, triedBeside } from './trials.ts'
import { core, creation } from './workloads.ts'

const SERVICES: Readonly<Record<string, object>> = {
  NodePort: { type: 'NodePort' },
  LoadBalancer: { type: 'LoadBalancer' },
  externalIPs: { externalIPs: ['192.0.2.1'] },
}

/** Whether the inventory lets a role read the namespace of its group. */
const mayRead = ({ inventory }: Scene, { group, role }: User['groups'][number]): boolean => {
  const rules = rolesIn(inventory, group).find(({ name }) => name === role)?.rules ?? []
  const deed = { verb: 'get', group: '', resource: 'namespaces', namespace: group, name: group }
  return allowing([{ rules, namespace: group }], deed) !== undefined
}

/** Tried with the token in a user's kubeconfig, or with what is no token. */
export const ownCredential: readonly Check[] = [
  {
    id: 'A4',
    goal: 2,
    title: 'A token opens the namespace of its user; a broken one and none open nothing',
    *trials(scene): Generator<AttemptTrial> {
      for (const { name, groups } of scene.users) {
        const read = `/api/v1/namespaces/${groups[0]!.group}`
        yield {
          ask: 'attempt',
          attempt: { as: { kind: 'user', user: name }, do: 'read', read },
          judge(answer) {
            if (answer.taken) return pass(name, 'the token opens the namespace')
            if (!isShut(answer)) return { subjects: [name], ...refusedOtherwise('it', answer) }
            if (answer.status === 403 && !mayRead(scene, groups[0]!))
              return pass(name, 'the token is known, and their role does not read the namespace')
            const says = `the token does not open the namespace (${answer.status})`
            return { ...fail(name, says), ...(answer.status === 401 && { otherwise: RENEWED_OTHERWISE }) }
          },
        }
      }
      const read = `/api/v1/namespaces/${scene.inventory.groups[0]?.name ?? 'default'}`
      const token = new Secret('a broken token', 'eyJhbGciOiJSUzI1NiJ9.e30.AAAA')
      for (const [subject, who, statuses] of [
        ['a broken token', { kind: 'token', token }, [401]],
        ['no token', { kind: 'nobody' }, [401, 403]],
      ] as const)
        yield {
          ask: 'attempt',
          attempt: { as: who, do: 'read', read },
          judge: (answer) => {
            if (answer.taken) return fail(subject, 'opens a namespace of a group', undefined, SEE_BINDINGS)
            return (statuses as readonly number[]).includes(answer.status)
              ? pass(subject, 'opens nothing')
              : { subjects: [subject], ...refusedOtherwise('it', answer) }
          },
        }
    },
  },
  {
    id: 'H4',
    goal: 3,
    title: 'Nobody opens a port of the nodes, or an address, to the outside',
    kinds: [...MATRIX_KINDS, RESOURCE_QUOTA],
    *trials(scene) {
      for (const peers of peersInGroups(scene))
        for (const [thing, spec] of Object.entries(SERVICES))
          yield triedBeside(peers.subjects, [service(peers, {}), service(peers, spec)], (plain, answer) =>
            serviceFinding(scene, peers.namespace, thing, plain, answer),
          )
    },
  },
  {
    id: 'G3',
    goal: 5,
    title: "Nobody claims another group's volume",
    kinds: [...MATRIX_KINDS, PERSISTENT_VOLUME],
    *trials(scene) {
      for (const { as, namespace, subjects } of peersInGroups(scene)) {
        const others = scene.inventory.volumes.filter(({ group }) => group !== namespace)
        const other = others.find((one) => !isReserved(scene, one)) ?? others[0]
        if (other === undefined) continue
        const claim = creation(as, core('PersistentVolumeClaim', 'persistentvolumeclaims'), namespace, {
          spec: {
            accessModes: ['ReadWriteMany'],
            storageClassName: '',
            volumeName: other.name,
            resources: { requests: { storage: '1Mi' } },
          },
        })
        yield tried(subjects, claim, (answer) => claimed(answer, other, scene))
      }
    },
  },
]

const SEE_BINDINGS = advise('kubectl get clusterrolebindings -o wide | grep unauthenticated')

const claimed = (answer: Answer, other: Volume, scene: Scene): Judgement => {
  if (!answer.taken && answer.cause === 'rbac') return { verdict: 'pass', says: 'may not make claims at all' }
  if (!answer.taken && answer.cause !== 'quota') return refusedOtherwise('it', answer)
  if (isReserved(scene, other))
    return { verdict: 'pass', says: "may make claims, and another group's volume is reserved for its own" }
  if (!answer.taken) return usedUp('claims')
  return {
    verdict: 'fail',
    says: "may claim another group's volume, which is not reserved",
    thing: other.name,
    repair: RUN_SETUP,
  }
}

const isShut = ({ cause }: Refused): boolean => cause === 'authentication' || cause === 'rbac'

/** Whether the volume of another group waits for that group's claim and takes no other. */
const isReserved = (scene: Scene, { name, group }: Volume): boolean =>
  scene.items(PERSISTENT_VOLUME).some(({ metadata, spec }: PersistentVolume) => {
    const { claimRef } = spec ?? {}
    return metadata.name === name && claimRef?.namespace === group && claimRef.name === name
  })

const service = ({ as, namespace }: PeersIn, spec: object): Attempt =>
  creation(as, core('Service', 'services'), namespace, {
    spec: { ports: [{ port: 80 }], selector: { app: 'verify' }, ...spec },
  })

/** What is refused beside a plain Service that is taken was refused for what it asks. */
const serviceFinding = (
  scene: Scene,
  namespace: string,
  thing: string,
  plain: Answer,
  answer: Answer,
): Judgement => {
  if (answer.taken)
    return { ...promisedByStrict(scene), says: 'can make Services that are reached from outside', thing }
  if (answer.cause === 'rbac') return { verdict: 'pass', says: 'may not make Services', thing }
  if (!plain.taken)
    return { ...(plain.cause === 'quota' ? usedUp('Services') : refusedOtherwise('it', plain)), thing }
  if (answer.cause === 'quota' && !isNone(scene, namespace, answer))
    return { ...usedUp('such Services'), thing }
  return byAdmission(answer)
    ? { verdict: 'pass', says: `is refused, by ${answer.cause} ${answer.by ?? ''}`.trim(), thing }
    : { ...refusedOtherwise('it', answer), thing }
}

/** Whether a quota gives none at all of what it refused; one that is used up refuses as well. */
const isNone = (scene: Scene, namespace: string, { about }: Refused): boolean =>
  quotasIn(scene, namespace).some((quota) => about.some((key) => quantity(hardOf(quota)[key] ?? '') === 0n))

const usedUp = (what: string): Judgement => ({
  verdict: 'untested',
  says: `the quota of ${what} is used up, so none could be tried`,
  repair: advise('run verify again when there are fewer'),
})
