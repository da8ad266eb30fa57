// Each group's share of the cluster: as the inventory says it, and enforced by the server.
import {
  advise,
  amountOf,
  type Check,
  type Command,
  DEVICE_CLASS,
  deviceClassShare,
  deviceShare,
  type Finding,
  fail,
  gap,
  givenOf,
  hardLimits,
  isInBytes,
  isScoped,
  type KubeObject,
  NODE,
  orPass,
  pass,
  quantity,
  quotaName,
  RESOURCE_QUOTA,
  type ResourceQuota,
  RUN_SETUP,
  readableQuantity,
  type Scene,
  SHARES,
  type Share,
  sameQuantity,
  shareName,
} from '../check.ts'
import type { Group } from '../inventory/schema.ts'
import { limits } from './limits.ts'
import { isOurs } from './ours.ts'
import { hardOf, openDevices, quotasIn, titleOf } from './shares.ts'
import { apiResourceName } from './workloads.ts'

const share: Check = {
  id: 'F1',
  goal: 4,
  title: 'Each group has the quota that the inventory says',
  kinds: [RESOURCE_QUOTA, NODE, DEVICE_CLASS],
  *trials(scene) {
    for (const group of scene.groups) {
      const found = [
        ...differences(scene, group),
        ...smaller(scene, group),
        ...unlimited(group),
        ...unlimitedDevices(scene, group),
      ]
      yield* heldLate(scene, group)
      yield* orPass(found, group.name, 'has exactly its share')
    }
    yield* sums(scene)
  },
}

function* differences(scene: Scene, group: Group): Generator<Finding> {
  const wanted = hardLimits(group.quota)
  const quota = quotasIn(scene, group.name).find(({ metadata }) => metadata.name === quotaName(group.name))
  if (quota === undefined) {
    if (Object.keys(wanted).length > 0) yield fail(group.name, 'has no quota')
    return
  }
  const other = (thing: string): Finding =>
    fail(group.name, 'has a quota other than the inventory says', thing)
  if (isScoped(quota)) yield other('it has scopes, and counts only the pods that are in them')
  const hard = hardOf(quota)
  for (const key of new Set([...Object.keys(wanted), ...Object.keys(hard)]))
    if (!sameQuantity(hard[key], wanted[key]))
      yield other(`${key} is ${said(hard[key])}, not ${said(wanted[key])}`)
}

const said = (amount: string | undefined): string =>
  amount === undefined ? 'absent' : readableQuantity(amount)

/** Of several quotas the smallest wins. */
function* smaller(scene: Scene, group: Group): Generator<Finding> {
  const wanted = hardLimits(group.quota)
  for (const quota of quotasIn(scene, group.name)) {
    const { name } = quota.metadata
    if (name === quotaName(group.name) || isScoped(quota)) continue
    for (const [key, amount] of Object.entries(hardOf(quota))) {
      const most = wanted[/^(cpu|memory)$/.test(key) ? `requests.${key}` : key]
      if (most !== undefined && quantity(amount)! < quantity(most)!)
        yield fail(
          group.name,
          `gets less than its share, because the quota ${name} is smaller`,
          `${key} ${said(amount)}`,
          removal(scene, quota),
        )
    }
  }
}

const removal = (scene: Scene, quota: KubeObject): Command =>
  isOurs(scene, quota)
    ? `${RUN_SETUP} --prune`
    : `kubectl delete resourcequota ${quota.metadata.name} -n ${quota.metadata.namespace}`

function* unlimited({ name, quota }: Group): Generator<Finding> {
  for (const share of SHARES.filter(({ resource }) => resource !== undefined))
    if (amountOf(quota, share) === undefined)
      yield gap(
        name,
        'may take all that is free, because the inventory does not limit it',
        advise('give the group a quota of it in the inventory, unless that is meant'),
        titleOf(share),
      )
}

/** Devices that the cluster offers and no quota counts; in isolation strict the policy closes them. */
function* unlimitedDevices(scene: Scene, { name }: Group): Generator<Finding> {
  if (scene.inventory.isolation === 'strict') return
  for (const { resource, share, count } of openDevices(scene, name)) {
    const [word, device] = share.field
    yield gap(
      name,
      'may take all devices of a kind that no quota limits',
      advise(
        device === undefined
          ? `write quota.${word} of the group in the inventory; then run setup`
          : `write quota.${word}: { '${device}': n } of the group in the inventory, 0 for none; then run setup`,
      ),
      count === undefined ? resource : `${resource} (${count} on the nodes)`,
    )
  }
}

/**
 * Devices that go by two names of which a quota has one: a pod that asks by the other name is taken, and its claim is
 * what the quota refuses. In isolation strict the policy refuses that name.
 */
function* heldLate(scene: Scene, group: Group): Generator<Finding> {
  if (scene.inventory.isolation === 'strict') return
  const wanted = hardLimits(group.quota)
  for (const { metadata, spec } of scene.items(DEVICE_CLASS)) {
    const { extendedResourceName } = (spec ?? {}) as { extendedResourceName?: string }
    if (extendedResourceName === undefined) continue
    const shares = [deviceClassShare(metadata.name), deviceShare(extendedResourceName)]
    const limited = shares.filter(({ keys: [key] }) => key! in wanted)
    const [other] = shares.filter((share) => !limited.includes(share))
    if (limited.length === 1 && other !== undefined)
      yield {
        verdict: 'notice',
        subjects: [group.name],
        says:
          `where the share of ${shareName(limited[0]!)} is used up, pods that ask by this name are taken and ` +
          'stay Pending',
        thing: other.resource!,
        repair: advise(`give the group a quota of ${shareName(other)} too, so that they are refused at once`),
      }
  }
}

function* sums(scene: Scene): Generator<Finding> {
  const { inventory } = scene
  for (const { share, given, offered, isTooMuch } of givenOf(
    inventory.groups,
    scene.items(NODE),
    scene.items(DEVICE_CLASS),
  )) {
    const words =
      offered === undefined
        ? `${given} are given to groups; how many there are, the DeviceClass decides`
        : `${given} of the ${offered}${unitOf(share)} on worker nodes are given to groups`
    yield isTooMuch
      ? gap(
          titleOf(share),
          `${words}: not every group can have its share at once`,
          advise('lower the quotas or add nodes, unless that is meant'),
        )
      : pass(titleOf(share), words)
  }
}

const unitOf = (share: Share): string =>
  isInBytes(shareName(share)) ? ' GiB' : share.resource === 'cpu' ? ' cores' : ''

const enforced: Check = {
  id: 'F3',
  goal: 4,
  title: 'The server enforces every quota',
  kinds: [RESOURCE_QUOTA],
  *trials(scene) {
    for (const { name } of scene.groups) {
      const found = quotasIn(scene, name).flatMap((quota) => ineffective(scene, quota))
      yield* orPass(found, name, 'every key of its quotas counts')
    }
  },
}

const ineffective = (scene: Scene, quota: ResourceQuota): Finding[] => {
  const { name, namespace } = quota.metadata
  const { used = {}, hard: enforced = {} } = quota.status ?? {}
  const hard = hardOf(quota)
  const behind = Object.keys(hard)
    .filter((key) => key in used && !sameQuantity(enforced[key], hard[key]))
    .map((key) =>
      fail(
        namespace!,
        `the server goes by other amounts than the quota ${name} says`,
        `${key} is ${said(enforced[key])}, not ${said(hard[key])}`,
        advise('see whether kube-controller-manager runs, which brings status.hard up to date'),
      ),
    )
  const uncounted = Object.keys(hard)
    .filter((key) => !(key in used) && !(isOurs(scene, quota) && countsNothing(scene, key)))
    .map((key) => {
      if (key.startsWith('count/') && !countsNothing(scene, key)) return late(quota, key)
      const says = `the quota ${name} does not limit what it names`
      if (isOurs(scene, quota)) return fail(namespace!, says, key)
      return { ...fail(namespace!, says, key, rename(quota, key)), otherwise: 'or have the cluster serve it' }
    })
  return [...behind, ...uncounted]
}

/** Of a kind that was installed a moment ago: "status unknown for quota" is what users are told. */
const late = ({ metadata: { name, namespace } }: KubeObject, key: string): Finding => ({
  ...fail(
    namespace!,
    `the quota ${name} is not counted yet, so the server refuses everything of the kind`,
    key,
  ),
  otherwise: 'the server looks again every five minutes, and when the quota is changed',
})

/** Whether it counts a kind that the cluster does not have: setup limits every job kind that somebody may make. */
const countsNothing = (scene: Scene, key: string): boolean =>
  key.startsWith('count/') && !scene.resources().some((one) => key === `count/${apiResourceName(one)}`)

/** Of extended resources only `requests.<name>` counts; every other key with a slash is taken and ignored. */
const rename = ({ metadata: { name, namespace } }: KubeObject, key: string): Command => {
  const patch = (operation: object): Command =>
    `kubectl patch resourcequota ${name} -n ${namespace} --type json -p '${JSON.stringify([operation])}'`
  const pointer = (of: string): string => `/spec/hard/${of.replaceAll('~', '~0').replaceAll('/', '~1')}`
  if (key.startsWith('count/') || key.startsWith('requests.'))
    return patch({ op: 'remove', path: pointer(key) })
  const right = `requests.${key.replace(/^limits\./, '')}`
  return patch({ op: 'move', from: pointer(key), path: pointer(right) })
}

/** That each group gets its share of the cluster and no more. */
export const fairness: readonly Check[] = [share, enforced, ...limits]
