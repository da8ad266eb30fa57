import { redact } from './secret.ts'

const ESCAPES: Record<string, string> = { '\n': '\\n', '\t': '\\t', '\r': '\\r' }

/** Text made safe for a terminal: what would move the cursor or reverse the text shows as an escape. */
export const printable = (text: string): string =>
  text.replace(
    /\p{Cc}|[\u2028-\u202e\u2066-\u2069]/gu,
    (character) => ESCAPES[character] ?? escaped(character),
  )

/** A character as an escape, such as `\u202e`; TypeScript and YAML have it in quotes. */
export const escaped = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** Characters that are looked at, of a text of which at most a thousand are shown: a host may say any number. */
const MOST = 65_536

/** What a host or the API said, fit to be shown: without known secrets, printable, at most so many characters. */
export const untrusted = (text: string, longest = 500): string => {
  const whole = text.trim()
  const clean = redact(whole.slice(0, MOST))
  // Much shorter now: what follows the last secret may be the first half of another.
  const known =
    whole.length > MOST && clean.length < MOST / 2 ? clean.slice(0, clean.lastIndexOf('»') + 1) : clean
  const safe = printable(known)
  return safe.length > longest ? `${safe.slice(0, longest - 1)}…` : safe
}

/** Names on one line: the first three, and how many more there are. */
export const inShort = (names: readonly string[]): string =>
  names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
