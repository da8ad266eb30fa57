// What users ask about themselves on a machine, with their own kubeconfig and the programs that are there.
import type { Place, Reviewed } from '../../audit/check.ts'
import { NOWHERE, placeOfRules, rulesReviewed, rulesReviewIn } from '../../audit/own-rules.ts'
import { attributesOf, type Deed } from '../../audit/question.ts'
import { allows } from '../../audit/rbac.ts'
import { reviewedIn } from '../../audit/review.ts'
import { orUndefined } from '../../base/errors.ts'
import { lines, type Script, sh } from '../../base/shell.ts'
import { shellFile } from '../../base/shell-file.ts'
import type { Inventory, User } from '../../inventory/schema.ts'
import type { LiveRule } from '../../kube/rbac.ts'
import { type Ended, eachUser } from '../../linux/each-user.ts'
import type { Probe } from '../../resource/type.ts'
import { askedByUser, at, IN_FULL, IN_SHORT, isMastery, isSame, MASTERY, othersThan } from './decisive.ts'
import { namespacesOf } from './peers.ts'

export const ASKED_BY_USER = 'as the user'

const file = (name: string): Script => shellFile(new URL(`./scripts/${name}`, import.meta.url))

/**
 * Asks the API server as the user, in the context of their first group. No answer is kept in their home, and no file
 * there but the kubeconfig changes what is asked. It ends before its garbage is worth collecting.
 */
const ASK = `export KUBERC=off GOGC=400
exec arena-kubectl --cache-dir=/dev/null/none --request-timeout=10s --context="$1" \\
  create --validate=false -o 'jsonpath={.status}{"\\n"}' -f -`
const ASKS = String(file('asks.awk'))
const UNLISTED = String(file('unlisted.awk'))
const ASK_AS_USER = file('ask-as-user.sh')

const WHO = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' })

const reviewOf = (deed: Deed): string =>
  JSON.stringify({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: attributesOf(deed),
  })

/** Stands for a namespace. */
const PLACE = '@'

const reviewsAt = (deeds: readonly Deed[]): string[] => deeds.map((deed) => reviewOf(at(deed, PLACE)))

const QUESTIONS = Object.entries({
  first: [WHO, ...MASTERY.map(reviewOf)],
  rules: [JSON.stringify(rulesReviewIn(PLACE).body)],
  'whole-full': IN_FULL.whole.map(reviewOf),
  'own-full': reviewsAt(IN_FULL.own),
  others: reviewsAt(IN_FULL.others),
  'whole-short': IN_SHORT.whole.map(reviewOf),
  'own-short': reviewsAt(IN_SHORT.own),
}).flatMap(([word, questions]) => questions.map((question) => `${word} ${question}`))

/** What a user asks about, and where. */
interface Asked {
  how: 'full' | 'short'
  own: readonly string[]
  others: readonly string[]
}

/** The first of those with the same memberships asks everything, the others in short. */
const askedBy = (inventory: Inventory, users: readonly User[]): ((user: User) => Asked) => {
  const namespaces = namespacesOf({ inventory })
  const membershipsOf = ({ groups }: User): string =>
    groups.map(({ group, role }) => `${group} ${role}`).join(', ')
  const firsts = new Map(users.toReversed().map((user) => [membershipsOf(user), user]))
  return (user) => {
    const own = user.groups.map(({ group }) => group)
    return firsts.get(membershipsOf(user)) === user
      ? { how: 'full', own, others: othersThan(own, namespaces) }
      : { how: 'short', own, others: [] }
  }
}

/** The identity is asked on every machine, the rights on the first. */
export const askedByUserProbe = ({ inventory, users, isFirst }: Place): Probe => {
  const contexts = users.map(({ name, groups }) => sh`${name}) context=${groups[0]!.group} ;;`)
  const choice = sh`case $name in
${lines(...contexts)}esac\n`
  const script = isFirst
    ? sh`${choice}case $name in
${lines(...placesOf(inventory, users))}esac
ask_as_user ${NOWHERE} "$own" "$others" "$how"`
    : sh`${choice}printf '%s\\n' ${WHO} | as_user "$ask" "$context"`
  return {
    id: ASKED_BY_USER,
    script: eachUser({
      users,
      once: sh`ask=${ASK}\n${isFirst ? READY : sh`:`}`,
      script,
      ...(isFirst && { blocks: BLOCKS * namespacesOf({ inventory }).length }),
    }),
  }
}

/** Of 512 bytes: what rules, and rights one by one, in one place take. */
const BLOCKS = 16

const READY = sh`asks=${ASKS} unlisted=${UNLISTED}
${ASK_AS_USER}
printf '%s\\n' ${QUESTIONS}`

/** Lines of `case` that say what each user asks about. */
const placesOf = (inventory: Inventory, users: readonly User[]): Script[] => {
  const asked = askedBy(inventory, users)
  const alike = Map.groupBy(users, (user) => JSON.stringify(asked(user)))
  return [...alike.values()].map((same) => {
    const { how, own, others } = asked(same[0]!)
    return sh`${oneOf(same)}) how=${how} own=${own.join(' ')} others=${others.join(' ')} ;;`
  })
}

/** A pattern of `case`. */
const oneOf = (users: readonly User[]): Script =>
  users.map(({ name }) => sh`${name}`).reduce((before, next) => sh`${before} | ${next}`)

/** A deed that a user asked about, and what the API server says to it, as of a review. */
interface Ruling {
  deed: Deed
  said: Reviewed | string
}

/** What each user was told of their rights; undefined where not all was answered. */
export const answersIn = (
  inventory: Inventory,
  users: readonly User[],
): ((user: User, ended: Ended | undefined) => Ruling[] | undefined) => {
  const asked = askedBy(inventory, users)
  return (user, ended) => {
    const { how, own, others } = asked(user)
    const deeds = askedByUser(how === 'full' ? IN_FULL : IN_SHORT, own, [...own, ...others])
    const statuses = objectsIn(ended?.stdout ?? '')
    const lists = statuses.filter((one) => 'resourceRules' in one)
    const reviews = statuses.filter((one) => !('userInfo' in one || 'resourceRules' in one))
    const ofMastery = reviews.slice(0, MASTERY.length)
    const ofEach = reviews.slice(MASTERY.length)
    if (ofEach.length > 0)
      return ofEach.length === deeds.length
        ? deeds.map((deed, index) => ({ deed, said: reviewedIn(ofEach[index]) }))
        : undefined
    const rules = rulesIn(lists, [...own, ...others, NOWHERE])
    if (rules === undefined || ofMastery.length < MASTERY.length) return undefined
    return deeds.map((deed) => {
      const index = isMastery(deed) ? MASTERY.findIndex((one) => isSame(one, deed)) : -1
      return { deed, said: index < 0 ? listed(rules, deed) : reviewedIn(ofMastery[index]) }
    })
  }
}

type Rules = ReadonlyMap<string, readonly LiveRule[]>

/** The rules in each place; undefined unless all of them are there. */
const rulesIn = (lists: readonly object[], places: readonly string[]): Rules | undefined => {
  const rules = new Map<string, readonly LiveRule[]>()
  for (const [index, place] of places.entries()) {
    const some = rulesReviewed({ status: lists[index] })
    if (some === undefined) return undefined
    rules.set(place, some)
  }
  return rules
}

const listed = (rules: Rules, deed: Deed): Reviewed => ({
  allowed: allows({ rules: rules.get(placeOfRules(deed)) ?? [] }, deed),
  reason: '',
})

/** The objects among lines of JSON. */
export const objectsIn = (text: string): object[] =>
  text.split('\n').flatMap((line) => {
    const value: unknown = orUndefined(() => JSON.parse(line))
    return typeof value === 'object' && value !== null ? [value] : []
  })
