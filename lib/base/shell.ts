import { Secret } from './secret.ts'

/** One word for a POSIX shell (dash, busybox, bash): single quotes, so nothing in it is expanded. */
export const quote = (word: string): string => {
  if (word.includes('\0')) throw new TypeError('a shell word cannot hold a NUL byte')
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** A piece of POSIX shell, with secrets still sealed in it: printing it shows `«secret:name»`. */
export class Script {
  readonly parts: readonly (string | Secret)[]

  constructor(parts: readonly (string | Secret)[]) {
    this.parts = parts
  }

  /** The secrets that must be resolvable before this can run. */
  get secrets(): Secret[] {
    return this.parts.filter((part) => part instanceof Secret)
  }

  toString(): string {
    return this.parts.join('')
  }

  toJSON(): string {
    return this.toString()
  }
}

type Word = string | number | Secret | Script | readonly string[]

/**
 * Shell text with every value quoted: strings and numbers as one word, arrays as words, another script as it is,
 * a secret as one word that stays sealed until the connection sends it.
 */
export const sh = (texts: TemplateStringsArray, ...values: readonly Word[]): Script => {
  const parts: (string | Secret)[] = []
  texts.forEach((text, index) => {
    parts.push(text)
    const value = values[index]
    if (value === undefined) return
    if (value instanceof Script) parts.push(...value.parts)
    else if (value instanceof Secret) parts.push(value)
    else if (typeof value === 'object') parts.push(value.map(quote).join(' '))
    else parts.push(quote(String(value)))
  })
  return new Script(parts)
}

/** Scripts one after the other, each on its own line. */
export const lines = (...scripts: readonly Script[]): Script =>
  new Script(scripts.flatMap((script) => [...script.parts, '\n']))
