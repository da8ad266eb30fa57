// Between which namespaces traffic goes, and which way.
import { labelsOfNamespace, NAMESPACE, type Scene } from '../check.ts'

export const DIRECTIONS = [
  { type: 'Ingress', rules: 'ingress', peers: 'from', name: 'incoming' },
  { type: 'Egress', rules: 'egress', peers: 'to', name: 'outgoing' },
] as const
export type Direction = (typeof DIRECTIONS)[number]

/** A namespace with its labels. */
export interface Space {
  name: string
  labels: Readonly<Record<string, string>>
}

export const spaceOf = (name: string, scene: Scene): Space => {
  const live = scene.items(NAMESPACE).find(({ metadata }) => metadata.name === name)
  return { name, labels: labelsOfNamespace(name, live?.metadata.labels) }
}
