import type { AnyAuthMethod, KeyboardInteractiveAuthMethod } from 'ssh2'
import type { Keys } from './keys.ts'

/** What a server is shown, one thing after the other. */
export interface LoginMethods {
  /**
   * The next thing to show, given what the server says it takes (null: not known yet), and whether it accepted the
   * last one but wants more; false when nothing is left.
   */
  next(taken: readonly string[] | null, accepted: boolean | null): AnyAuthMethod | false
  /** What was shown so far, as words for an error. */
  readonly tried: readonly string[]
  /** What of it the server accepted, and was not content with. */
  readonly accepted: readonly string[]
  readonly hasPassword: boolean
  /** What the server takes, as far as it said. */
  readonly taken: readonly string[]
}

/** Keys first, then the password, once. A method that the server does not take is not tried. */
export const loginMethods = (user: string, keys: Keys, password: string | undefined): LoginMethods => {
  let queue = [...keys.attempts]
  const tried: string[] = []
  const accepted: string[] = []
  let taken: readonly string[] = []
  let secret = password
  const next = (now: readonly string[] | null, isPart: boolean | null): AnyAuthMethod | false => {
    taken = now ?? taken
    if (isPart && tried.length > 0) {
      accepted.push(tried.at(-1)!)
      // A key that was refused before the password may be right after it.
      queue = keys.attempts.filter(({ label }) => !accepted.includes(label))
    }
    const takes = (method: string): boolean => now === null || now.includes(method)
    const key = takes('publickey') ? queue.shift() : undefined
    if (key !== undefined) {
      tried.push(key.label)
      return key.method
    }
    // Asked with nothing to show, the server says what it takes.
    if (now === null) return { type: 'none', username: user }
    const answer = secret
    secret = undefined
    if (answer === undefined) return false
    if (takes('password')) {
      tried.push('password')
      return { type: 'password', username: user, password: answer }
    }
    if (!takes('keyboard-interactive')) return false
    tried.push('password (keyboard-interactive)')
    return { type: 'keyboard-interactive', username: user, prompt: answerOnce(answer) }
  }
  return {
    next,
    tried,
    accepted,
    hasPassword: password !== undefined,
    get taken() {
      return taken
    },
  }
}

/** The password is given to the first question that hides its answer, and to no other. */
const answerOnce = (secret: string): KeyboardInteractiveAuthMethod['prompt'] => {
  let given = false
  return (_name, _instructions, _language, prompts, finish) =>
    finish(
      prompts.map(({ echo }) => {
        if (given || echo === true) return ''
        given = true
        return secret
      }),
    )
}
