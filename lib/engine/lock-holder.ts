import { hostname, userInfo } from 'node:os'
import { hasEnded, pidWorld } from '../base/pid-world.ts'

/** Who we are, as others will read it: `root@admin01 pid 4711 (…)`. */
export const ourselves = (): string => {
  const world = pidWorld()
  const suffix = world === undefined ? '' : ` (${world})`
  return `${userInfo().username}@${hostname()} pid ${process.pid}${suffix}`
}

/** Whether a holder is certainly gone: a process of this boot and this world of process ids that is no more. */
export const isGone = (holder: string): boolean => {
  const [, pid, world] = / pid (\d+) \(([\w-]+)\)$/.exec(holder) ?? []
  return pid !== undefined && hasEnded(Number(pid), world!)
}
