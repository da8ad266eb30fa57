import { createSocket, type Socket } from 'node:dgram'

/** A name service that answers glibc's own NSS module `hesiod`: a directory that may spell names as it likes. */
export interface Hesiod {
  /** Shell for root that has a machine ask it after its own files, and the reverse. */
  join: string
  leave: string
  stop(): Promise<void>
}

const SUFFIX = 'ns.acc.test'
const TXT = 16
const IN = 1
/** Flags of an answer of a server that knows best: there, and no such name. */
const [THERE, NO_NAME] = [0x8580, 0x8583]

/** Starts it on a loopback address; `lines` are lines of passwd by what is asked for: `tom.passwd`, `1154600.uid`. */
export const hesiod = async (address: string, lines: Readonly<Record<string, string>>): Promise<Hesiod> => {
  const socket = createSocket('udp4')
  socket.on('message', (query, { port, address: from }) => socket.send(answerTo(query, lines), port, from))
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(53, address, resolve)
  })
  return {
    join: `cp -p /etc/nsswitch.conf /etc/resolv.conf /run
      printf 'passwd: files hesiod\\ngroup: files hesiod\\nshadow: files\\n' >/etc/nsswitch.conf
      echo 'nameserver ${address}' >/etc/resolv.conf
      printf 'lhs=.ns\\nrhs=.acc.test\\nclasses=IN\\n' >/etc/hesiod.conf`,
    leave:
      'cat /run/nsswitch.conf >/etc/nsswitch.conf; cat /run/resolv.conf >/etc/resolv.conf; rm /etc/hesiod.conf',
    stop: () => closed(socket),
  }
}

const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.close(() => resolve()))

const answerTo = (query: Buffer, lines: Readonly<Record<string, string>>): Buffer => {
  const labels: string[] = []
  let at = 12
  for (; query[at] !== 0; at += query[at]! + 1)
    labels.push(query.toString('latin1', at + 1, at + 1 + query[at]!))
  const line = lines[labels.join('.').replace(`.${SUFFIX}`, '')]
  const head = Buffer.concat([query.subarray(0, 12), query.subarray(12, at + 5)])
  head.writeUInt16BE(line === undefined ? NO_NAME : THERE, 2)
  head.writeUInt16BE(line === undefined ? 0 : 1, 6)
  head.writeUInt32BE(0, 8)
  head.writeUInt32BE(0, 8)
  return line === undefined ? head : Buffer.concat([head, record(line)])
}

/** One text, whose name is that of the question. */
const record = (text: string): Buffer => {
  const fixed = Buffer.alloc(13)
  fixed.writeUInt16BE(0xc00c, 0)
  fixed.writeUInt16BE(TXT, 2)
  fixed.writeUInt16BE(IN, 4)
  fixed.writeUInt16BE(text.length + 1, 10)
  fixed[12] = text.length
  return Buffer.concat([fixed, Buffer.from(text, 'latin1')])
}
