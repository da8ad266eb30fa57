import { readFileSync, readlinkSync } from 'node:fs'

/**
 * Which boot of which machine, and which of its worlds of process ids, a pid belongs to; undefined where none can
 * tell.
 */
export const pidWorld = (): string | undefined => {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8)
    const [, space] = /\[(\d+)\]/.exec(readlinkSync('/proc/self/ns/pid')) ?? []
    return space === undefined ? undefined : `${boot}-${space}`
  } catch {
    return undefined
  }
}

/** Whether a process is certainly gone: one of this boot and this world of process ids that is no more. */
export const hasEnded = (pid: number, world: string): boolean => {
  if (world !== pidWorld()) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
