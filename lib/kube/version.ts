/** The version of an API server as it says it; managed clusters put a plus behind the minor one. */
export interface KubernetesVersion {
  major: string
  minor: string
}

/** What /version says; undefined where it says no version. */
export const versionIn = (body: unknown): KubernetesVersion | undefined => {
  const { major, minor } = (body ?? {}) as Partial<Record<'major' | 'minor', unknown>>
  return typeof major === 'string' && typeof minor === 'string' ? { major, minor } : undefined
}

/** The minor version as a number. */
export const minorOf = ({ minor }: KubernetesVersion): number => Number.parseInt(minor, 10)
