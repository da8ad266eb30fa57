import { Secret } from '../base/secret.ts'
import { type BoundToken, faultOf } from '../kube/bound-token.ts'
import type { KnownToken } from '../kube/token-secret.ts'
import type { Change, FieldDiff, Found, Look } from '../resource/type.ts'
import type { HeldToken } from './kubeconfig-file.ts'

/** The token that a kubeconfig is to hold. */
export interface WantedToken extends Pick<Change, 'after'> {
  /** What is written where none is that will do. */
  fresh: Secret
  /** Which to go on with, the one that is there or the fresh one, and why. */
  judge(held: HeldToken | undefined): Judgement
}

interface Judgement extends Pick<Change, 'lasts'> {
  token: Secret
  diffs: readonly FieldDiff[]
}

/** A token that is known is compared; a bound one, which only its kubeconfig holds, is judged by what it says. */
export const wantedToken = (
  { user, token: key, account: accountKey }: { user: string; token: string; account?: string },
  { value, issue, now }: Pick<Look, 'value' | 'issue' | 'now'>,
): WantedToken => {
  const source = value<KnownToken | BoundToken>(key)
  const account: Found<{ uid: string }> | undefined = accountKey === undefined ? undefined : value(accountKey)
  const later = [source, account].flatMap((found) => (found?.state === 'later' ? [found.after] : []))
  const replaced = (fresh: Secret, from: FieldDiff['from']): Judgement => ({
    token: fresh,
    diffs: [{ field: 'token', from, to: fresh }],
  })
  if (source.state === 'later' || account?.state === 'later') {
    const fresh = Secret.later(`token of ${user}`, async () => {
      const [found] = await Promise.all([arrived(source), account && arrived(account)])
      return found.kind === 'known' ? found.token : issue(found)
    })
    return { fresh, judge: (held) => replaced(fresh, held?.value), after: later }
  }
  const known = source.value
  if (known.kind === 'known') {
    const fresh = known.token
    const judge = (held: HeldToken | undefined): Judgement =>
      held?.value.equals(fresh) ? { token: fresh, diffs: [] } : replaced(fresh, held?.value)
    return { fresh, judge }
  }
  const fresh = issue(known)
  return {
    fresh,
    judge(held) {
      if (held === undefined) return replaced(fresh, undefined)
      const claims = held.claims()
      const fault = faultOf(claims, known, account!.value.uid, now)
      return fault === undefined
        ? {
            token: held.value,
            diffs: [],
            lasts: { from: claims!.iat, until: claims!.exp, asked: known.seconds },
          }
        : replaced(fresh, fault)
    },
  }
}

const arrived = <V>(found: Found<V>): Promise<V> =>
  found.state === 'known' ? Promise.resolve(found.value) : found.value()
