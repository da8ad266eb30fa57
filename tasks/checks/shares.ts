// What is shared out between groups, and the quotas that say so: what the checks of shares and limits have in common.
import {
  type KubeObject,
  OWNER_LABEL,
  RESOURCE_QUOTA,
  type Scene,
  type Share,
  shareName,
} from '../../lib/check.ts'

export type Group = Scene['groups'][number]
export type Amounts = Readonly<Record<string, string | number>>

/** Every quota in a namespace, whoever made it. */
export const quotasIn = (scene: Scene, namespace: string): readonly KubeObject[] =>
  scene.items(RESOURCE_QUOTA).filter(({ metadata }) => metadata.namespace === namespace)

/** What a quota says, whether the server enforces it or not. */
export const hardOf = ({ spec }: KubeObject): Amounts => (spec as { hard?: Amounts }).hard ?? {}

/** Whether a quota is about some pods only, such as those of a priority class. */
export const isScoped = ({ spec }: KubeObject): boolean =>
  ['scopes', 'scopeSelector'].some((field) => field in (spec as object))

/** Whether an object is one that setup mends. */
export const isOurs = ({ inventory }: Scene, { metadata }: KubeObject): boolean =>
  metadata.labels?.[OWNER_LABEL] === inventory.name

/** What people call a share. */
export const titleOf = (share: Share): string => TITLES[shareName(share)] ?? shareName(share)

const TITLES: Readonly<Record<string, string>> = { gpu: 'GPUs', cpu: 'CPU' }
