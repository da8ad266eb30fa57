import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { AutomationError } from '../lib/base/errors.ts'

/** Whether nothing listens there yet. */
export const isFree = (address: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, address, () => server.close(() => resolve(true)))
  })

/** The first port from `first` on (of a thousand) that nothing on 127.0.0.1 listens on. */
export const freePort = async (first: number, taken: readonly number[] = []): Promise<number> => {
  for (let port = first; port < first + 1000; port++)
    if (!taken.includes(port) && (await isFree('127.0.0.1', port))) return port
  throw new AutomationError({
    code: 'command',
    subject: `127.0.0.1:${first}`,
    message: 'this port and the thousand after it are taken',
  })
}

/** Whether it is free, or becomes so in half a second, as when what listened there was just killed. */
export const becomesFree = async (address: string, port: number): Promise<boolean> => {
  for (let tries = 5; tries > 0; tries--) {
    if (await isFree(address, port)) return true
    await sleep(100)
  }
  return false
}

/** Refuses a port that another program took while ours was not running. */
export const requireFree = async (part: string, address: string, port: number): Promise<void> => {
  if (await becomesFree(address, port)) return
  throw new AutomationError({
    code: 'command',
    subject: part,
    message: `another program listens on ${address}:${port}, where it belongs`,
    hint: 'stop that program, or make a new sandbox, which will choose other ports: npm run sandbox -- down, then up',
  })
}

/** Resolves with true when something that listens there greets with this text. */
export const greets = (address: string, port: number, greeting: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: 2000 })
    const settle = (result: boolean) => {
      socket.destroy()
      resolve(result)
    }
    socket.once('error', () => settle(false))
    socket.once('timeout', () => settle(false))
    socket.once('end', () => settle(false))
    socket.once('data', (data) => settle(data.toString().startsWith(greeting)))
  })
