import type { Check } from '../../audit/check.ts'
import { NAMESPACE, NODE, PERSISTENT_VOLUME, PERSISTENT_VOLUME_CLAIM } from '../../kube/object.ts'

/** What is told by pods that run. */
export const IN_PODS = {
  E12: { id: 'E12', goal: 5, title: "A pod that names another group's claim never starts" },
  F6: { id: 'F6', goal: 4, title: 'A pod without a GPU is taken where only GPUs are limited, and gets none' },
  F9: { id: 'F9', goal: 4, title: 'A container has the memory and CPU that were asked for, and no more' },
  G4: { id: 'G4', goal: 5, title: 'What a group writes is seen by its own pods alone' },
  G5: { id: 'G5', goal: 5, title: 'Each directory is the one that was meant' },
  G7: { id: 'G7', goal: 5, title: 'No pod reaches the NAS but through its volumes' },
  G8: { id: 'G8', goal: 5, title: 'Directories belong to their groups' },
  G10: { id: 'G10', goal: 5, title: 'A volume takes what is written where it may be, and nowhere else' },
  H1: { id: 'H1', goal: 3, title: "Pods do not reach another group's pods" },
  H2: { id: 'H2', goal: 1, title: 'Pods of a group reach each other and find names' },
  H3: { id: 'H3', goal: 3, title: 'Pods do not reach what machines are managed by' },
  I1: { id: 'I1', goal: 3, title: 'A pod that names no service account can do nothing in the cluster' },
} as const satisfies Record<string, Pick<Check, 'id' | 'goal' | 'title'>>
export type InPods = keyof typeof IN_PODS

/** What they look at, beside pods. */
export const IN_PODS_KINDS = [NAMESPACE, NODE, PERSISTENT_VOLUME, PERSISTENT_VOLUME_CLAIM]
