import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const hold = (name: string): Promise<(() => void) | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen(`\0arena-sandbox-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`, () => {
      server.unref()
      resolve(() => server.close())
    })
  })

/** Held while packages of this machine are installed, or its system becomes the lowest layer of others. */
export const PACKAGES_OF_THIS_MACHINE = 'packages of this machine'

/**
 * Runs `work` while no other process on this machine holds the same name; `onWait` is told once when it has to
 * wait. An abstract socket holds it, which leaves no file and ends with the process, however that ends.
 */
export const exclusive = async <T>(name: string, work: () => Promise<T>, onWait?: () => void): Promise<T> => {
  let release = await hold(name)
  if (release === undefined) onWait?.()
  while (release === undefined) {
    await sleep(100)
    release = await hold(name)
  }
  try {
    return await work()
  } finally {
    release()
  }
}
