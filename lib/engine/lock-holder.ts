import { readFileSync, readlinkSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'

/**
 * Which boot of which machine, and which of its worlds of process ids, a pid belongs to; undefined where none can
 * tell.
 */
const world = (): string | undefined => {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8)
    const [, space] = /\[(\d+)\]/.exec(readlinkSync('/proc/self/ns/pid')) ?? []
    return space === undefined ? undefined : `${boot}-${space}`
  } catch {
    return undefined
  }
}

/** Who we are, as others will read it: `root@admin01 pid 4711 (…)`. */
export const ourselves = (): string => {
  const where = world()
  const suffix = where === undefined ? '' : ` (${where})`
  return `${userInfo().username}@${hostname()} pid ${process.pid}${suffix}`
}

/** Whether a holder is certainly gone: a process of this boot and this world of process ids that is no more. */
export const isGone = (holder: string): boolean => {
  const [, pid, where] = / pid (\d+) \(([\w-]+)\)$/.exec(holder) ?? []
  if (pid === undefined || where !== world()) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
