/** Bytes of a marker line; one that goes on is none, or it would be gone through again with every chunk. */
const LONGEST = 4096

/** A stretch of output and the words of the marker line that ended it. */
export interface OutputSection {
  bytes: Buffer
  words: string[]
}

/**
 * Cuts a byte stream at marker lines: `\n<nonce> <words>\n`. Nothing is added to or taken from the bytes between
 * them, and a chunk may end anywhere, within a character or a marker.
 */
export class Sections {
  readonly #mark: Buffer
  #body: Buffer[] = []
  #tail: Buffer = Buffer.alloc(0)

  constructor(nonce: string) {
    this.#mark = Buffer.from(`\n${nonce} `)
  }

  /** The sections that this chunk completes. */
  push(chunk: Buffer): OutputSection[] {
    const sections: OutputSection[] = []
    let data = this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk])
    for (;;) {
      const start = data.indexOf(this.#mark)
      const end = start < 0 ? -1 : data.indexOf('\n', start + this.#mark.length)
      if (end < 0) {
        const begun = start >= 0 && data.length - start <= LONGEST
        const settled = begun ? start : this.#endOf(data)
        this.#body.push(data.subarray(0, settled))
        this.#tail = data.subarray(settled)
        return sections
      }
      const words = data.subarray(start + this.#mark.length, end).toString('latin1')
      sections.push({
        bytes: Buffer.concat([...this.#body, data.subarray(0, start)]),
        words: words.split(' '),
      })
      this.#body = []
      data = data.subarray(end + 1)
    }
  }

  /** Where what cannot be the beginning of a marker ends: as a rule the end, and nothing need be copied. */
  #endOf(data: Buffer): number {
    const newline = data.indexOf('\n', Math.max(0, data.length - this.#mark.length + 1))
    return newline < 0 ? data.length : newline
  }
}
