import { holds } from '../kube/nas-directory.ts'
import type { Note, VolumeInput } from './remark.ts'

/** A volume whose server is known. */
export type ServedVolume = Omit<VolumeInput, 'server'> & { server: string }

/** As an inventory has it: the server only where it is another one, and a word for what several groups see. */
export const written = (
  { name, group, server, path, ...rest }: ServedVolume,
  all: readonly ServedVolume[],
  common: string | undefined,
  note: Note,
): VolumeInput => {
  const here = { server: server.toLowerCase(), path }
  const touching = all.filter((other) => {
    const there = { server: other.server.toLowerCase(), path: other.path }
    return other.group !== group && (holds(here, there) || holds(there, here))
  })
  const nested = touching.find((other) => other.path !== path)
  if (nested !== undefined)
    note(
      name,
      `${nested.path.length < path.length ? 'lies in' : 'holds'} the directory of ${nested.name}, ` +
        `which the group ${nested.group} mounts`,
      'it is written down as shared, because it is; to keep it from them, move one of the directories',
    )
  return {
    name,
    group,
    ...(server !== common && { server }),
    path,
    ...(touching.length > 0 && { shared: wordFor(server, path, common) }),
    ...rest,
  }
}

const wordFor = (server: string, path: string, common: string | undefined): string => {
  const word = path.slice(1) || 'nas'
  return server === common ? word : `${server}/${word}`
}
