import { constants } from 'node:os'
import { quote } from '../../base/shell.ts'
import { newNonce } from '../host/become-root.ts'
import type { Ending } from '../host/transport.ts'

const SIGNALS = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]))

/**
 * How a remote command ended, said by a shell around it at the end of standard error: ssh's own status has one number
 * for a command that ended with it, one that was killed and a connection that was lost.
 */
export class RemoteStatus {
  readonly #mark = `#${newNonce()} `
  readonly #tell: (chunk: Buffer) => void
  #held: Buffer = Buffer.alloc(0)

  /** `onStderr` gets what the command itself says, as soon as it cannot be the beginning of the mark. */
  constructor(onStderr: (chunk: Buffer) => void) {
    this.#tell = onStderr
  }

  /** The command line to send, in words that every login shell takes. */
  wrapped(command: string): string {
    return `exec /bin/sh -c ${quote(`"$@"; s=$?; echo "${this.#mark}$s#" >&2; exit $s`)} sh ${command}`
  }

  push(chunk: Buffer): void {
    const data = Buffer.concat([this.#held, chunk])
    const start = data.indexOf(this.#mark)
    const free = start >= 0 ? start : data.length - this.#begun(data)
    this.#held = data.subarray(free)
    if (free > 0) this.#tell(data.subarray(0, free))
  }

  /** Undefined when the shell did not come to say it. */
  get ending(): Ending | undefined {
    const text = this.#held.toString('latin1')
    const said = text.startsWith(this.#mark) ? /^(\d+)#/.exec(text.slice(this.#mark.length)) : null
    if (said === null) return undefined
    const status = Number(said[1])
    const signal = SIGNALS.get(status - 128)
    return signal === undefined ? { by: 'exit', status } : { by: 'signal', signal }
  }

  /** Tells what was held back and turned out to be no mark. */
  finish(): void {
    if (this.ending === undefined && this.#held.length > 0) this.#tell(this.#held)
  }

  /** How many of the last bytes may be the beginning of the mark. */
  #begun(data: Buffer): number {
    for (let length = Math.min(this.#mark.length - 1, data.length); length > 0; length--)
      if (data.subarray(-length).equals(Buffer.from(this.#mark.slice(0, length)))) return length
    return 0
  }
}
