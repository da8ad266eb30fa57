import { defined } from '../base/defined.ts'
import { AutomationError } from '../base/errors.ts'
import { onceFor } from '../base/once-for.ts'
import type { Secret } from '../base/secret.ts'
import type { Identity } from '../inventory/identity.ts'
import type { User } from '../inventory/schema.ts'
import { DOT_KUBE, notKubeconfig } from '../linux/kube-directory.ts'
import { KubeconfigFile } from '../linux/kubeconfig-file.ts'
import type { SeenFile } from '../linux/own-file.ts'
import type { Probe } from '../resource/type.ts'
import type { Place } from './check.ts'
import type { Scene } from './facts.ts'

/** Reads `~/.kube` of the users on a machine. */
export const dotKubeProbesFor = ({ inventory, users }: Place): Probe[] =>
  DOT_KUBE.probes(users, inventory.name)

const onceRead = onceFor<(home: string) => SeenFile>()

/** What lies in a user's `~/.kube` on a machine. */
export const dotKubeOn = (scene: Scene, host: string, { home }: User): SeenFile => {
  const answers = scene.on(host)
  return onceRead(answers, () => DOT_KUBE.read(answers))(home)
}

const filesOf = onceFor<Map<string, KubeconfigFile | undefined>>()

/** A user's kubeconfig on a machine, once it could be read. */
export const kubeconfigOn = (scene: Scene, host: string, user: User): KubeconfigFile | undefined => {
  const known = filesOf(scene.on(host), () => new Map())
  if (!known.has(user.name)) {
    const { content } = dotKubeOn(scene, host, user)
    known.set(user.name, content && new KubeconfigFile(user.name, content.bytes))
  }
  return known.get(user.name)
}

/** Why what lies at a user's `~/.kube/config` is none that can be read or written, with what mends that. */
export const unreadableKubeconfig = (scene: Scene, host: string, user: User): AutomationError | undefined => {
  const { name } = user
  const fault = kubeconfigOn(scene, host, user)?.fault
  const refusal =
    DOT_KUBE.obstacle(user, dotKubeOn(scene, host, user)) ??
    (fault === undefined ? undefined : notKubeconfig(name, fault))
  if (refusal === undefined) return undefined
  const { reason = 'the kubeconfig cannot be read', hint } = refusal
  return new AutomationError({
    code: 'observe',
    subject: `${name} on ${host}`,
    message: reason,
    ...defined({ hint }),
  })
}

/** The tokens in the kubeconfigs of the users on a machine. */
export const tokensOn = (scene: Scene, host: string): Secret[] =>
  scene.users.flatMap((user) => tokenOn(scene, host, user) ?? [])

const tokenOn = (scene: Scene, host: string, user: User): Secret | undefined =>
  kubeconfigOn(scene, host, user)?.credentials(user.name)?.['token']

const tokensOf = onceFor<Map<string, Secret>>()

/** The token in a user's kubeconfig, on the first machine that has one; `observe` when none has. */
export const tokenOfUser = (scene: Scene, name: string): Secret => {
  const known = tokensOf(scene, () => new Map())
  const token = known.get(name) ?? findToken(scene, name)
  known.set(name, token)
  return token
}

/** The token in a user's kubeconfig, where it is one of this name at the API server and can be read. */
export const ownToken = (scene: Scene, name: string, { username }: Identity): Secret | undefined => {
  const user = scene.users.find((one) => one.name === name)!
  for (const host of scene.hosts)
    try {
      const file = kubeconfigOn(scene, host, user)
      if (file?.claims(user.name)?.sub === username) return file.credentials(user.name)?.['token']
    } catch {}
  return undefined
}

const findToken = (scene: Scene, name: string): Secret => {
  const user = scene.users.find((one) => one.name === name)!
  let unseen: unknown
  for (const host of scene.hosts)
    try {
      const token = tokenOn(scene, host, user)
      if (token !== undefined) return token
      unseen ??= unreadableKubeconfig(scene, host, user)
    } catch (error) {
      unseen = error
    }
  throw (
    unseen ??
    new AutomationError({
      code: 'observe',
      subject: name,
      message: 'the kubeconfig holds no token, so no request can be made as this user',
      hint: 'run setup, which writes it',
    })
  )
}
