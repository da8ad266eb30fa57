import { parentsOf } from '../base/absolute-path.ts'
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
  const touching = all.filter(
    (other) =>
      other.group !== group &&
      other.server.toLowerCase() === server.toLowerCase() &&
      overlap(other.path, path),
  )
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

const overlap = (one: string, other: string): boolean =>
  one === '/' ||
  other === '/' ||
  one === other ||
  parentsOf(one).includes(other) ||
  parentsOf(other).includes(one)

const wordFor = (server: string, path: string, common: string | undefined): string => {
  const word = path.slice(1) || 'nas'
  return server === common ? word : `${server}/${word}`
}
