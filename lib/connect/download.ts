import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type AutomationError, isAutomationError, unreadable, wrongSetting } from '../base/errors.ts'

/**
 * The path of a local file with this SHA-256: the file itself, or what an https URL gives, fetched once and kept in
 * `$XDG_CACHE_HOME/arena-playbooks/downloads`. Fails with `inventory` when it is missing or another file.
 */
export const localFile = async (from: string, sha256: string, signal: AbortSignal): Promise<string> => {
  if (!from.startsWith('https://')) {
    await check(from, from, sha256)
    return from
  }
  const kept = keptAt(sha256)
  if (await isKept(sha256)) return kept
  await mkdir(dirname(kept), { recursive: true })
  const partial = `${kept}.${process.pid}.partial`
  try {
    await fetchTo(from, partial, signal)
    await check(from, partial, sha256)
    await rename(partial, kept)
    return kept
  } finally {
    await rm(partial, { force: true })
  }
}

/** Whether `localFile` would fetch nothing; fails as it does when a local file is missing or another. */
export const isHere = async (from: string, sha256: string): Promise<boolean> => {
  if (from.startsWith('https://')) return isKept(sha256)
  await check(from, from, sha256)
  return true
}

const keptAt = (sha256: string): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'arena-playbooks/downloads', sha256)

const isKept = async (sha256: string): Promise<boolean> =>
  (await checksum(keptAt(sha256)).catch(() => undefined)) === sha256

const fetchTo = async (url: string, path: string, signal: AbortSignal): Promise<void> => {
  try {
    const response = await fetch(url, { signal })
    if (!response.ok || response.body === null)
      throw unavailable(url, `the server answered ${response.status}`)
    await pipeline(Readable.fromWeb(response.body), createWriteStream(path))
  } catch (error) {
    if (isAutomationError(error)) throw error
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    throw unavailable(url, cause instanceof Error ? cause.message : String(cause))
  }
}

const unavailable = (url: string, message: string): AutomationError =>
  wrongSetting(
    url,
    `cannot be downloaded: ${message}`,
    'download it by hand and give its path in the inventory',
  )

const check = async (from: string, path: string, sha256: string): Promise<void> => {
  const found = await checksum(path).catch((error) => {
    throw unreadable(from, error, 'check the path in the inventory')
  })
  if (found === sha256) return
  throw wrongSetting(
    from,
    `has the SHA-256 ${found}, but the inventory says ${sha256}`,
    'get the right file, or correct sha256 after you have checked where this one comes from',
  )
}

const checksum = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
