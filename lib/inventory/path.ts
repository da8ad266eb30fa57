import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** A path of the inventory on this machine: `~/` is the home of whoever runs, the rest is relative to the file. */
export const localPath = (path: string, directory: string): string =>
  path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : resolve(directory, path)
