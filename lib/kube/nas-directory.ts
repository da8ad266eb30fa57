import { posix } from 'node:path'
import { onceFor } from '../base/once-for.ts'
import type { KubeObject } from './object.ts'
import type { PersistentVolume } from './shapes.ts'
import { type CsiDriver, type Directory, directoryBy } from './volume-driver.ts'

type Words = Partial<Record<'server' | 'path' | 'share' | 'subdir', unknown>>

/** The same directory has the same words, however it was written. */
export const directory = (server: string, path: string): Directory => {
  // Storage classes of the NAS driver write both in one: server:/path.
  const [, host = server, root = ''] = /^(.+?):(\/.*)$/.exec(server) ?? []
  const plain = posix.normalize(`/${root}/${path}`)
  return {
    server: host.toLowerCase().replace(/\.$/, ''),
    path: plain.length > 1 ? plain.replace(/\/$/, '') : plain,
  }
}

/**
 * Reads what a PersistentVolume mounts, each volume once: by one of these CSI drivers, by another that has words of
 * NFS, in-tree NFS or the old flexVolume; undefined when it is none of them.
 */
export const directoryReader = (
  drivers: readonly CsiDriver[] = [],
): ((volume: KubeObject) => Directory | undefined) => {
  const once = onceFor<Directory | undefined>()
  return (volume) => once(volume, () => findDirectory(volume, drivers))
}

const findDirectory = (volume: PersistentVolume, drivers: readonly CsiDriver[]): Directory | undefined => {
  const { csi, nfs, flexVolume } = volume.spec ?? {}
  const { server, path, share, subdir } = inLowerCase(csi?.volumeAttributes ?? nfs ?? flexVolume?.options)
  const inside = typeof subdir === 'string' ? `/${subdir}` : ''
  for (const driver of drivers) {
    const found = directoryBy(driver, volume)
    const isSaid = Object.keys(driver.attributes).some((key) => key.toLowerCase() === 'subdir')
    if (found !== undefined) return directory(found.server, `${found.path}${isSaid ? '' : inside}`)
  }
  if (typeof server !== 'string') return undefined
  return directory(server, `${path ?? share ?? ''}${inside}`)
}

/** Drivers take the names of attributes in any case. */
const inLowerCase = (words: Words = {}): Words =>
  Object.fromEntries(Object.entries(words).map(([key, value]) => [key.toLowerCase(), value]))

/** Whether whoever mounts the one sees all of the other. */
export const holds = (outer: Directory, inner: Directory): boolean =>
  outer.server === inner.server &&
  (inner.path === outer.path || inner.path.startsWith(outer.path === '/' ? '/' : `${outer.path}/`))
