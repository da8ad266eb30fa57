import { type Script, sh } from '../base/shell.ts'
import type { Answers, Probe } from '../resource/type.ts'
import { CAREFUL, MOUNT } from './careful.ts'
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
${inEach(sh`find "$shared" -xdev -user "$uid" -prune -type d -exec sh -c ${OTHERS} "$uid" {} +`)} 2>/dev/null | head -c ${LONGEST}
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

/** The directories in which something of theirs is, and their own. */
const PLACES = `for path; do
printf '%s\\0' "\${path%/*}"
[ ! -d "$path" ] || [ -L "$path" ] || printf '%s\\0' "$path"
done`

/** A file that its directory's owner moves away meanwhile is not there to be kept. */
const LINK = `ln -- "$@" "$0/" 2>/dev/null && exit
for file; do
  if [ ! -e "$0/$file" ] && [ ! -L "$0/$file" ] && ! ln -- "$file" "$0/"; then
    [ ! -e "$file" ] && [ ! -L "$file" ] || exit 1
  fi
done`

const STAGE = String(sh`mkdir -p "$stage$here" &&
find . -mindepth 1 -maxdepth 1 -user "$uid" ! -type d ! -type s -exec sh -c ${LINK} "$stage$here" {} + || exit 1`)

const CLEAR = `find . -mindepth 1 -maxdepth 1 -user "$uid" ! -type d '(' -links +1 -o -type s ')' -exec rm -f -- {} +
find . -mindepth 1 -maxdepth 1 -user "$uid" -type d -exec rmdir -- {} + 2>/dev/null
[ -z "$(find . -mindepth 1 -maxdepth 1 | head -c 1)" ] || find . -maxdepth 0 -user "$uid" -exec chown 0 {} +`

/** What lies on another mount is not in this directory. */
const HERE = String(sh`for path; do
  directory=$path
  [ -d "$path" ] && [ ! -L "$path" ] || directory=\${path%/*}
  cd -P "$directory" 2>/dev/null && ${MOUNT} && [ "$value" != "$mount" ] || printf '%s\\n' "$path"
done`)

const isStage = (name: string): Script => sh`-name ${`.arena-${name}.??????`} -type d -user 0 -perm 0700`

/** How often it is tried: others may exchange a directory just when it is looked for. */
const ROUNDS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']

/**
 * Functions of shell. `staged` puts links to the files of somebody who left into directories where nobody else can
 * change anything, and says in `stages` which. `cleared` deletes what is theirs and has such a link, makes root the
 * owner of directories of theirs in which others have something, and fails with what is left. `unstaged` ends it.
 */
export const scatteredFunctions = ({ name, uid }: Departed): Script => sh`${CAREFUL}
uid=${uid} stages=
export uid stage
theirs() { find "$shared" -xdev ${isStage(name)} -prune -o -user "$uid" "$@" 2>/dev/null; }
directories() { theirs -exec sh -c ${PLACES} places {} + | sort -zru; }
here() { theirs "$@" -exec sh -c ${HERE} here {} + | head -n 3; }
unstaged() {
  ${inEach(sh`find "$shared" -maxdepth 1 ${isStage(name)} -exec rm -rf -- {} +`)}
}
stage_one() {
  [ -n "$(theirs ! -type d ! -type s -print | head -n 1)" ] || return 0
  if [ ! -k "$shared" ] && [ -n "$(find "$shared" -maxdepth 0 -perm -002)" ]; then
    echo "everybody can exchange what is in $shared: chmod +t $shared" >&2
    return 1
  fi
  below "$shared" && stage=$(mktemp -d "$shared/.arena-"${name}.XXXXXX) || return
  stages="$stages $stage"
  for round in ${ROUNDS}; do
    [ "$round" -gt 1 ] && [ -z "$(here ! -type d ! -type s -links 1)" ] || directories | within ${STAGE} || return
  done
  find "$stage" ! -type d ! -user "$uid" -exec rm -f -- {} +
}
staged() {
  ${inEach(sh`stage_one || return`)}
}
clear_one() {
  below "$shared" || return
  for round in ${ROUNDS}; do
    directories | within ${CLEAR}
    left=$(here)
    [ -n "$left" ] || return 0
  done
  printf 'still there, to be looked at and deleted by hand (rm -rf): %s\\n' "$left" >&2
  return 1
}
cleared() {
  ${inEach(sh`clear_one || return`)}
}`
