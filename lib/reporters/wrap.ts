import stringWidth from 'string-width'

/** What a text can be broken into: after a space or a hyphen. */
export const pieces = (text: string): string[] => text.split(/(?<=[ -])/)

/** Where a line may end without a space: as Chinese is set, after its punctuation and before a bracket. */
const BREAKS = /(?<=[ ，。；：、])|(?=（)/

/** A text in lines of this width at most, as characters really are; long words are broken at hyphens. */
export const wrapped = (text: string, width: number): string[] => {
  const lines = ['']
  for (const word of text.split(BREAKS)) {
    const parts = stringWidth(word.trimEnd()) > width ? pieces(word) : [word]
    for (const part of parts) {
      const longer = lines.at(-1)! + part
      if (lines.at(-1) === '' || stringWidth(longer.trimEnd()) <= width) lines[lines.length - 1] = longer
      else lines.push(part)
    }
  }
  return lines.map((line) => line.trimEnd())
}

/** Filled up with spaces to the width that it is to have. */
export const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - stringWidth(text)))

/** Where what is longer goes on in the next line; nowhere but on a terminal. */
export const terminalWidth = (): number => process.stdout.columns ?? Number.POSITIVE_INFINITY

/** A text after its head, in lines that all begin where the text does. */
export const hanging = (head: string, text: string, width: number): string[] => {
  const indent = stringWidth(head)
  return wrapped(text, Math.max(width - indent, 20)).map(
    (line, at) => (at === 0 ? head : ' '.repeat(indent)) + line,
  )
}
