import { type Script, sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import type { Answers, Probe } from '../resource/type.ts'
import { CAREFUL, MOUNT_HERE } from './careful.ts'
import type { Departed } from './departed.ts'
import { isWithin, type Mounts } from './mounts.ts'

/** Where people leave files besides their homes. */
export const SHARED = ['/tmp', '/var/tmp', '/dev/shm', '/var/mail', '/var/spool/mail']

/** What somebody left in the directories that everybody may write to. */
export interface Scattered {
  /** Their files, and their directories with all that is in them. */
  theirs: readonly string[]
  /** What others have in those directories. */
  ofOthers: readonly string[]
}

/** Bytes of names that are read of one person, so that a million files do not become a plan of as many lines. */
const LONGEST = 65_536

const file = (name: string): Script => shellFile(new URL(`./scripts/${name}.sh`, import.meta.url))

const inEach = (action: Script): Script => sh`for shared in ${SHARED}; do
  if [ -d "$shared" ] && [ ! -L "$shared" ]; then ${action}; fi
done`

/** Looks for files of those who left in the directories that everybody may write to. */
export const scatteredProbe = (all: readonly Departed[]): Probe => ({
  id: 'scattered',
  script: sh`for uid in ${all.map(({ uid }) => String(uid))}; do
printf '%s\\0' "$uid"
${inEach(sh`find "$shared" -xdev -user "$uid" -prune -print0`)} 2>/dev/null | head -c ${LONGEST}
printf '\\0of others\\0'
${inEach(sh`find "$shared" -xdev -user "$uid" -prune -type d -exec sh -c ${OTHERS} "$uid" {} +`)} 2>/dev/null |
head -c ${LONGEST}
printf '\\0'
done`,
})

const OTHERS = 'find "$@" -xdev ! -user "$0" -prune -print0'

/** The answer to `scatteredProbe`, by person; what other mounts show there is not in these directories. */
export const readScattered = (answers: Answers, mounts: Mounts): ((departed: Departed) => Scattered) => {
  const isHere = (path: string): boolean => {
    const shared = SHARED.find((one) => isWithin(path, one))
    if (shared === undefined) return false
    const top = mounts.real(shared)
    const real = `${top}${path.slice(shared.length)}`
    return !mounts.within(shared).some(({ point }) => point !== top && isWithin(real, point))
  }
  const byUid = new Map<string, { theirs: string[]; ofOthers: string[] }>()
  let list: string[] = []
  for (const record of answers.text('scattered').split('\0')) {
    if (isHere(record)) list.push(record)
    else if (record === 'of others') list = [...byUid.values()].at(-1)?.ofOthers ?? []
    else if (/^\d+$/.test(record)) {
      byUid.set(record, { theirs: [], ofOthers: [] })
      list = byUid.get(record)!.theirs
    }
  }
  return ({ uid }) => byUid.get(String(uid)) ?? { theirs: [], ofOthers: [] }
}

/**
 * Directories that stay after their owner's files have gone, because others have something in them, and what that is.
 */
export const handedOver = ({ theirs, ofOthers }: Scattered): ReadonlyMap<string, string> => {
  const reasons = new Map<string, string>()
  for (const path of ofOthers) {
    const top = theirs.find((one) => isWithin(path, one))
    if (top === undefined) continue
    for (let directory = parent(path); isWithin(directory, top); directory = parent(directory))
      if (!reasons.has(directory)) reasons.set(directory, path)
  }
  return reasons
}

const parent = (path: string): string => path.slice(0, path.lastIndexOf('/'))

/**
 * Functions of shell. `staged` puts links to the files of somebody who left into directories where nobody else can
 * change anything, and says in `stages` which. `cleared` deletes what is theirs and has such a link, makes root the
 * owner of directories of theirs in which others have something, and fails with what is left. `unstaged` ends it.
 */
export const scatteredFunctions = ({ name, uid }: Departed): Script => sh`${CAREFUL}
leaver=${name} uid=${uid} shareds=${SHARED.join(' ')}
places=${String(file('print-places'))} link=${String(file('link-files'))}
stage_here=${String(file('stage-directory'))} clear_here=${String(file('clear-directory'))}
on_mount=${String(sh`${MOUNT_HERE}\n${file('print-unmounted')}`)}
${file('scattered')}`
