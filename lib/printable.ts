import { redact } from './secret.ts'

const ESCAPES: Record<string, string> = { '\n': '\\n', '\t': '\\t', '\r': '\\r' }

/** Text made safe for a terminal: what would move the cursor or reverse the text shows as an escape. */
export const printable = (text: string): string =>
  text.replace(
    /\p{Cc}|[\u2028-\u202e\u2066-\u2069]/gu,
    (character) => ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** What a host or the API said, fit to be shown: without known secrets, printable, at most so many characters. */
export const untrusted = (text: string, longest = 500): string => {
  const safe = printable(redact(text.trim()))
  return safe.length > longest ? `${safe.slice(0, longest - 1)}…` : safe
}
