import type { Answers } from '../resource/type.ts'
import { readMachine } from './machine.ts'
import type { Mount, Mounts } from './mounts.ts'

/**
 * Where paths are kept: the same text on all machines that see the same files there. A server's share is known by its
 * source; what the kernel has itself is known on the machines of that kernel, and only there: by the answer to
 * `machineProbe`.
 */
export const placesOn = (answers: Answers, mounts: Mounts): ((path: string) => string | undefined) => {
  const { boot } = readMachine(answers)
  return (path) => {
    const mount = mounts.of(path)
    if (mount === undefined) return undefined
    const { point, root, device, source } = mount
    const inside = mounts.real(path).slice(point === '/' ? 0 : point.length)
    // The source of an NFS mount names the very directory; the root depends on what else was mounted before.
    if (/^nfs/.test(mount.type)) return `${source}${inside}`
    const within = `${root === '/' ? '' : root}${inside}`
    if (isServed(mount)) return `${source} ${within}`
    return boot === '' ? undefined : `${boot} ${device} ${within}`
  }
}

/** Whether other machines may have the file system under the same source. */
const isServed = ({ type, source }: Mount): boolean =>
  /^\/\/|^[^/].*:/.test(source) || ['beegfs', 'ceph', 'gpfs'].includes(type)
