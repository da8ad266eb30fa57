// What the pods of a group may or must besides what all may: the words of an inventory, and how a namespace says them
// to policies.

/** What an inventory says of the pods of a group. */
export interface PodOptions {
  /** Priority classes that they may name; others may not be named. */
  priorityClasses?: readonly string[]
  /** Whether they may mount images. */
  imageVolumes?: boolean
  /** `false`: each runs in a user namespace, where root is nobody on the node. */
  hostUsers?: boolean
}

/** On a namespace: the priority classes that pods there may name, divided by spaces. */
export const PRIORITY_CLASSES_ANNOTATION = 'arena-playbooks/priority-classes'
/** On a namespace: `true` where pods may mount images. */
export const IMAGE_VOLUMES_ANNOTATION = 'arena-playbooks/image-volumes'
/** On a namespace: `false` where pods have users of their own. */
export const HOST_USERS_ANNOTATION = 'arena-playbooks/host-users'

/** The words of an inventory that these annotations stand for. */
export const POD_OPTIONS = {
  [PRIORITY_CLASSES_ANNOTATION]: 'priorityClasses',
  [IMAGE_VOLUMES_ANNOTATION]: 'imageVolumes',
  [HOST_USERS_ANNOTATION]: 'hostUsers',
} as const

/** The annotations of a namespace that say so; null is none. */
export const podAnnotations = ({
  priorityClasses = [],
  imageVolumes = false,
  hostUsers = true,
}: PodOptions): Record<string, string | null> => ({
  [PRIORITY_CLASSES_ANNOTATION]: priorityClasses.length === 0 ? null : priorityClasses.toSorted().join(' '),
  [IMAGE_VOLUMES_ANNOTATION]: imageVolumes ? 'true' : null,
  [HOST_USERS_ANNOTATION]: hostUsers ? null : 'false',
})

/** What the annotations of a namespace say. */
export const podOptionsIn = (annotations: Readonly<Record<string, string>>): PodOptions => {
  const classes = annotations[PRIORITY_CLASSES_ANNOTATION]?.split(' ').filter(Boolean) ?? []
  return {
    ...(classes.length > 0 && { priorityClasses: classes }),
    ...(annotations[IMAGE_VOLUMES_ANNOTATION] === 'true' && { imageVolumes: true }),
    ...(annotations[HOST_USERS_ANNOTATION] === 'false' && { hostUsers: false }),
  }
}

/** Classes that Kubernetes keeps for itself. */
export const SYSTEM_PRIORITY = 'system-'
