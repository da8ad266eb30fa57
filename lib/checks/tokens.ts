// Tokens that outlived their kubeconfig: of a rotation that did not end, of a former group, or made by hand.
import {
  type Check,
  type Command,
  deadBecause,
  fail,
  identitiesOf,
  identityOf,
  isFilled,
  type KubeObject,
  objectId,
  pass,
  RUN_SETUP,
  type Scene,
  serviceAccountOf,
  TOKEN_ACCOUNT,
  TOKEN_ANCHOR,
  TOKEN_SECRET,
  tokenNumberOf,
} from '../check.ts'
import type { User } from '../inventory/schema.ts'
import { isOurs } from './ours.ts'

/** That old tokens let nobody in. */
export const tokens: Check = {
  id: 'A6',
  goal: 2,
  title: 'The cluster keeps no token of a user that works but the one in the kubeconfig',
  kinds: [TOKEN_SECRET, TOKEN_ANCHOR],
  *trials(scene) {
    for (const user of scene.users) {
      const current = currentOf(scene, user)
      const others = secretsOf(scene, user).filter((secret) => secret !== current && works(secret))
      if (others.length === 0) yield pass(user.name, 'has no other token that the cluster keeps')
      for (const secret of others)
        yield fail(
          user.name,
          'has another token, which works until it is deleted',
          `Secret ${objectId(secret.metadata)}`,
          isOurs(scene, secret) ? RUN_SETUP : removal(secret),
        )
    }
  },
}

const removal = ({ metadata: { namespace, name } }: KubeObject): Command =>
  `kubectl delete secret ${name} -n ${namespace}`

/**
 * What a user's tokens rest on, also in groups that they have left; an account of that name elsewhere may be somebody
 * else's.
 */
const secretsOf = (scene: Scene, user: User): KubeObject[] => {
  const { inventory } = scene
  const here = identityOf(inventory, user).namespace
  const own = new Set(identitiesOf(inventory, user.name).map(({ namespace }) => namespace))
  return [
    ...scene
      .items(TOKEN_SECRET)
      .filter(({ metadata }) => metadata.annotations?.[TOKEN_ACCOUNT] === serviceAccountOf(user.name)),
    ...scene.items(TOKEN_ANCHOR).filter((anchor) => numberOf(user, anchor) !== undefined),
  ].filter((secret) => {
    const { namespace } = secret.metadata
    return namespace === here || (own.has(namespace!) && isOurs(scene, secret))
  })
}

/** The newest where the user's identity is: a filled Secret, or the anchor of tokens that end. */
const currentOf = (scene: Scene, user: User): KubeObject | undefined => {
  const bound = scene.inventory.tokens === 'bound'
  const { namespace } = identityOf(scene.inventory, user)
  return secretsOf(scene, user)
    .filter((secret) => secret.metadata.namespace === namespace && numberOf(user, secret) !== undefined)
    .filter((secret) => (bound ? isAnchor(secret) : isFilled(secret) === true && works(secret)))
    .toSorted((a, b) => numberOf(user, b)! - numberOf(user, a)!)[0]
}

/** An anchor holds no token: those that are bound to it work while it is there. */
const works = (secret: KubeObject): boolean => isAnchor(secret) || deadBecause(secret) === undefined

const isAnchor = ({ metadata }: KubeObject): boolean => metadata.annotations?.[TOKEN_ACCOUNT] === undefined

const numberOf = ({ name }: User, { metadata }: KubeObject): number | undefined =>
  tokenNumberOf(serviceAccountOf(name), metadata.name)
