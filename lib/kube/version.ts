/** The version of an API server as it says it; managed clusters put a plus behind the minor one. */
export interface KubernetesVersion {
  major: string
  minor: string
}

/**
 * What /version says; undefined where it says no version. Servers up to 1.33 that were built without `gitMajor` and
 * `gitMinor` (k8s.io/component-base/version) leave both empty, and `gitVersion` tells.
 */
export const versionIn = (body: unknown): KubernetesVersion | undefined => {
  const { major, minor, gitVersion } = (body ?? {}) as Record<string, unknown>
  if (typeof major !== 'string' || typeof minor !== 'string') return undefined
  if (major !== '' && minor !== '') return { major, minor }
  const [, ...parts] = /^v(\d+)\.(\d+)\./.exec(String(gitVersion)) ?? []
  return parts.length === 2 ? { major: parts[0]!, minor: parts[1]! } : undefined
}

/** The minor version as a number. */
export const minorOf = ({ minor }: KubernetesVersion): number => Number.parseInt(minor, 10)
