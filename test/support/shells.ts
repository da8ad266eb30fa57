import { existsSync } from 'node:fs'
import { debian } from './debian.ts'

/** The shells that client machines have as /bin/sh: how each is started, by name. */
export const shells = async (): Promise<Map<string, [command: string, ...args: string[]]>> => {
  const busybox = (await debian()).path('busybox')
  const all: [string, [string, ...string[]]][] = [
    ['dash', ['/bin/dash']],
    ['busybox', [busybox, 'sh']],
    ['bash', ['/bin/bash', '--posix']],
  ]
  for (const [name, [command]] of all) if (!existsSync(command)) throw new Error(`there is no ${name} here`)
  return new Map(all)
}
