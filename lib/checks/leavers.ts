// Whoever was in the inventory and is no longer: what of theirs still lets them in.
import {
  type Account,
  accountsProbe,
  advise,
  belongsOf,
  type Check,
  CLUSTER_ROLE_BINDING,
  directoryMembersBesides,
  type Finding,
  fail,
  isShut,
  type Kind,
  markerOf,
  objectId,
  onEachHost,
  orPass,
  type Repair,
  ROLE_BINDING,
  RUN_SETUP,
  readAccounts,
  type Scene,
  SERVICE_ACCOUNT,
  TOKEN_ANCHOR,
  TOKEN_SECRET,
} from '../check.ts'
import { isOurs } from './ours.ts'

const KINDS: readonly Kind[] = [
  SERVICE_ACCOUNT,
  ROLE_BINDING,
  CLUSTER_ROLE_BINDING,
  TOKEN_SECRET,
  TOKEN_ANCHOR,
]

/** By accounts of our marker and objects with our labels. */
export const leavers: Check = {
  id: 'L1',
  goal: 3,
  title: 'Whoever is no longer in the inventory has no account, no right and no token',
  kinds: KINDS,
  probes: () => [accountsProbe],
  *trials(scene) {
    const { inventory } = scene
    const left = (name: string, thing: string): Finding =>
      fail(name, 'is not in the inventory, and still has', thing, departure(scene, name))
    const found = [
      ...onEachHost(scene, function* (host) {
        for (const { name } of accountsLeft(scene, host)) yield left(name, `account on ${host}`)
        for (const name of membersLeft(scene, host))
          yield left(name, `place in ${markerOf(inventory.name)} on ${host}`)
      }),
      ...objectsLeft(scene).map(({ name, thing }) => left(name, thing)),
    ]
    yield* orPass(found, inventory.name, 'nobody who left has an account, a right or a token')
  },
}

const accountsLeft = (scene: Scene, host: string): Account[] => {
  const { inventory } = scene
  const { groupsNamed, named, today } = readAccounts(scene.on(host))
  const users = new Set(inventory.users.map(({ name }) => name))
  return groupsNamed(markerOf(inventory.name))
    .flatMap(({ members }) => members)
    .filter((member) => !users.has(member))
    .flatMap((member) => named(member).slice(0, 1))
    .filter((account) => !isShut(account, today))
}

/** Accounts of a directory, which only it can shut, in our marker. */
const membersLeft = ({ inventory, on }: Scene, host: string): string[] => {
  const users = inventory.users.map(({ name }) => name)
  return directoryMembersBesides(readAccounts(on(host)), markerOf(inventory.name), users).map(
    ({ name }) => name,
  )
}

const objectsLeft = (scene: Scene): { name: string; thing: string }[] => {
  const users = new Set(scene.inventory.users.map(({ name }) => name))
  return KINDS.flatMap((kind) =>
    scene.items(kind).flatMap((object) => {
      const { user } = belongsOf(object.metadata)
      if (!isOurs(scene, object) || user === undefined || users.has(user)) return []
      return [{ name: user, thing: `${kind.kind} ${objectId(object.metadata)}` }]
    }),
  )
}

/** Whoever is listed as retired is locked out by setup; somebody whose line was only deleted has to be listed first. */
const departure = (scene: Scene, name: string): Repair => {
  if (scene.inventory.retired.some((one) => one.name === name)) return RUN_SETUP
  const since = new Date().toISOString().slice(0, 10)
  const uid = scene.hosts.map((host) => uidOn(scene, host, name)).find((one) => one !== undefined)
  const entry = `{ name: ${JSON.stringify(name)}, uid: ${uid ?? '…'}, since: ${JSON.stringify(since)} }`
  return advise(`add to the inventory: retired: [${entry}]; then ${RUN_SETUP}`)
}

/** Undefined also where the machine could not be read, which is a finding of its own. */
const uidOn = (scene: Scene, host: string, name: string): number | undefined => {
  try {
    const { named, fromDirectory } = readAccounts(scene.on(host))
    return (named(name)[0] ?? fromDirectory.find((one) => one.name === name))?.uid
  } catch {
    return undefined
  }
}
