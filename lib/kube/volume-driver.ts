// How nodes mount a directory of a file server: NFS of Kubernetes itself, or a CSI driver.

import type { PersistentVolume } from './shapes.ts'

/** A directory of a file server. */
export interface Directory {
  server: string
  path: string
}

/** A CSI driver and its volumeAttributes, in which `{server}` and `{path}` stand for the directory. */
export interface CsiDriver {
  driver: string
  attributes: Readonly<Record<string, string>>
}

/** Those that have a name of ours: Alibaba Cloud's for NAS, and that of kubernetes-csi for NFS. */
const CSI_DRIVERS = {
  alibaba: {
    driver: 'nasplugin.csi.alibabacloud.com',
    attributes: { server: '{server}', path: '{path}' },
  },
  'csi-nfs': { driver: 'nfs.csi.k8s.io', attributes: { server: '{server}', share: '{path}' } },
} as const satisfies Record<string, CsiDriver>

/** The words for drivers; `nfs` is part of Kubernetes and needs none. */
export const DRIVER_WORDS = ['alibaba', 'nfs', 'csi-nfs'] as const

/** What mounts a volume. */
export type VolumeDriver = (typeof DRIVER_WORDS)[number] | CsiDriver

/** The document's. */
export const DEFAULT_DRIVER = 'alibaba'

/** The CSI driver that is meant; undefined for NFS of Kubernetes itself. */
export const csiDriver = (driver: VolumeDriver): CsiDriver | undefined => {
  if (typeof driver === 'object') return driver
  return driver === 'nfs' ? undefined : CSI_DRIVERS[driver]
}

/** Our word for a CSI driver, if it has one. */
export const wordForCsi = (name: string): VolumeDriver | undefined =>
  (Object.keys(CSI_DRIVERS) as (keyof typeof CSI_DRIVERS)[]).find((word) => CSI_DRIVERS[word].driver === name)

/** The volumeAttributes of a directory. */
export const attributesFor = (
  { attributes }: CsiDriver,
  { server, path }: Directory,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(attributes).map(([key, text]) => [
      key,
      text.replaceAll(PLACEHOLDER, (_, word) => (word === 'server' ? server : path)),
    ]),
  )

const PLACEHOLDER = /\{(server|path)\}/g

/** The directory that a volume of this driver mounts; undefined when its attributes have another form. */
export const directoryBy = (
  { driver, attributes }: CsiDriver,
  { spec }: PersistentVolume,
): Directory | undefined => {
  const { csi } = spec ?? {}
  if (csi?.driver !== driver) return undefined
  const has = new Map(Object.entries(csi.volumeAttributes ?? {}))
  const parts: Partial<Directory> = {}
  for (const [key, text] of Object.entries(attributes))
    Object.assign(parts, patternOf(text).exec(String(has.get(key) ?? ''))?.groups)
  const { server, path } = parts
  return server === undefined || path === undefined ? undefined : { server, path }
}

const GROUPS = { server: '(?<server>[^/]+?)', path: '(?<path>/.*?)' }

/** What a text with placeholders may have become; of a placeholder that occurs twice both are the same. */
const patternOf = (text: string): RegExp => {
  const seen = new Set<string>()
  const parts = text.split(/(\{(?:server|path)\})/).map((part) => {
    const word = part.slice(1, -1) as keyof typeof GROUPS
    if (part !== `{${word}}` || !(word in GROUPS)) return part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    if (seen.has(word)) return `\\k<${word}>`
    seen.add(word)
    return GROUPS[word]
  })
  return new RegExp(`^${parts.join('')}$`, 's')
}
