import { posix } from 'node:path'
import type { KubeObject } from './object.ts'

/** A directory of a file server. */
export interface Directory {
  server: string
  path: string
}

type Words = Partial<Record<'server' | 'path' | 'share', unknown>>

interface Source {
  csi?: { volumeAttributes?: Words }
  nfs?: Words
  flexVolume?: { options?: Words }
}

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

const read = new WeakMap<KubeObject, Directory | 'none'>()

/**
 * What a PersistentVolume mounts: by CSI driver, in-tree NFS or the old flexVolume; undefined when it is none of
 * them.
 */
export const directoryOf = (volume: KubeObject): Directory | undefined => {
  const known = read.get(volume) ?? findDirectory(volume) ?? 'none'
  read.set(volume, known)
  return known === 'none' ? undefined : known
}

const findDirectory = ({ spec }: KubeObject): Directory | undefined => {
  const { csi, nfs, flexVolume } = (spec ?? {}) as Source
  const { server, path, share } = csi?.volumeAttributes ?? nfs ?? flexVolume?.options ?? {}
  return typeof server === 'string' ? directory(server, String(path ?? share ?? '/')) : undefined
}

/** Whether whoever mounts the one sees all of the other. */
export const holds = (outer: Directory, inner: Directory): boolean =>
  outer.server === inner.server &&
  (inner.path === outer.path || inner.path.startsWith(outer.path === '/' ? '/' : `${outer.path}/`))
