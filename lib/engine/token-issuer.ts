import { Secret } from '../base/secret.ts'
import type { Reach } from '../connect/connection.ts'
import type { BoundToken, Lifetime } from '../kube/bound-token.ts'

/** Asks for tokens, each once in a run however many hosts need it, and only when one is revealed. */
export class Issuer {
  /** Of the tokens that were issued, by whom they are for. */
  readonly lifetimes = new Map<string, Lifetime>()
  readonly #cluster: Reach['cluster']
  readonly #signal: AbortSignal
  readonly #tokens = new Map<string, Secret>()

  constructor({ cluster }: Reach, signal: AbortSignal) {
    this.#cluster = cluster
    this.#signal = signal
  }

  readonly issue = (wanted: BoundToken): Secret => {
    const { anchor, serviceAccount } = wanted
    const known = this.#tokens.get(anchor.uid)
    if (known !== undefined) return known
    const secret = Secret.later(`token of ${serviceAccount}`, async () => {
      const { token, lasts } = await (await this.#cluster()).issue(wanted, this.#signal)
      this.lifetimes.set(serviceAccount, lasts)
      return token
    })
    this.#tokens.set(anchor.uid, secret)
    return secret
  }
}
