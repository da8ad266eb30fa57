import { isHere, localFile } from '../connect/download.ts'
import { type Plan, stepsOfChanges } from './plan.ts'

/** Each file that a plan uploads, with its SHA-256. */
const uploadsIn = (plan: Plan): [from: string, sha256: string][] => {
  const uploads = stepsOfChanges(plan).filter((step) => step.do === 'upload')
  return [...new Map(uploads.map(({ from, sha256 }) => [from, sha256]))]
}

/**
 * Local copies of what a plan uploads, by where it comes from. Fails with `inventory` when a file is missing, or is not
 * the one that was meant: that must be known before the first change.
 */
export const fetchFiles = async (plan: Plan, signal: AbortSignal): Promise<Map<string, string>> =>
  new Map(
    await Promise.all(
      uploadsIn(plan).map(async ([from, sha256]) => [from, await localFile(from, sha256, signal)] as const),
    ),
  )

/** The same for a plan that is not carried out yet; returns the addresses that nobody has read so far. */
export const unreadFiles = async (plan: Plan): Promise<string[]> => {
  const looked = uploadsIn(plan).map(async ([from, sha256]) => ((await isHere(from, sha256)) ? [] : [from]))
  return (await Promise.all(looked)).flat()
}
