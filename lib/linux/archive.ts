import type { Answers, Probe } from '../resource-type.ts'
import { type Script, sh } from '../shell.ts'
import type { Departed } from './departed.ts'

/** Where homes of those who left are kept, readable by root only. */
export const ARCHIVES = '/var/backups/arena-playbooks'

/** His archive; the uid keeps apart people who had the same name one after the other. */
export const archiveOf = ({ name, uid }: Departed): string => `${ARCHIVES}/${name}-${uid}.tar.gz`

/** Which archives are there, with their checksums as they were written. */
export const archivesProbe: Probe = {
  id: 'archives',
  script: sh`cat ${ARCHIVES}/*.sha256 2>/dev/null || :`,
}

/** The checksum of somebody's archive; undefined when there is none. */
export const readArchives = (answers: Answers): ((departed: Departed) => string | undefined) => {
  const sums = new Map(
    answers
      .text(archivesProbe.id)
      .split('\n')
      .map((line): [string, string] => {
        const [sum = '', path = ''] = line.split('  ')
        return [path, sum]
      }),
  )
  return (departed) => sums.get(archiveOf(departed))
}

/** Where people leave files besides their homes. */
const SHARED = ['/tmp', '/var/tmp', '/dev/shm', '/var/mail', '/var/spool/mail']

/** Looks for files of those who left in the directories that everybody may write to. */
export const scatteredProbe = (all: readonly Departed[]): Probe => ({
  id: 'scattered',
  script: sh`for directory in ${SHARED}; do
  [ ! -d "$directory" ] || [ -L "$directory" ] || find "$directory" -xdev -exec stat -c '%u %n' {} + 2>/dev/null
done | awk -v uids=${` ${all.map(({ uid }) => uid).join(' ')} `} 'index(uids, " " $1 " ")'`,
})

/** The answer to `scatteredProbe`, by person. */
export const readScattered = (answers: Answers): ((departed: Departed) => readonly string[]) => {
  const rows = answers
    .text('scattered')
    .split('\n')
    .map((line) => /^(\d+) (\/.*)$/.exec(line))
  return ({ uid }) => rows.flatMap((row) => (row?.[1] === String(uid) ? [row[2]!] : []))
}

/**
 * Archives a home and what lies elsewhere, whole before the archive has its name; an earlier archive of his is kept beside
 * it. The names come from the machine itself as it is then.
 */
export const archiveScript = (departed: Departed, home: string | undefined): Script => sh`umask 077
archive=${archiveOf(departed)}
mkdir -p ${ARCHIVES} && chmod 0700 ${ARCHIVES} || exit
[ ! -e "$archive" ] || mv "$archive" "$archive.$(date +%s)" || exit
trap 'rm -f "$archive.new" "$archive.list"' EXIT
{ printf '%s\\n' ${home ?? []}; ${scattered(departed, sh`-print`)}; } | sed '/^$/d; s,^/,,' > "$archive.list"
tar -czf "$archive.new" -C / -T "$archive.list" && chmod 0600 "$archive.new" &&
sum=$(sha256sum < "$archive.new") &&
{ [ ! -e "$archive" ] || mv "$archive" "$archive.$(date +%s)"; } &&
mv "$archive.new" "$archive" && echo "\${sum%% *}  $archive" > "$archive.sha256" || exit`

/** Deletes what was archived, and nothing on other file systems that is mounted in it; says what cannot be deleted. */
export const deleteScript = (departed: Departed, home: string | undefined): Script => sh`left=
for home in ${home ?? []}; do
  rm -rf --one-file-system -- "$home" 2>/dev/null || rm -rf -- "$home" 2>/dev/null
  [ ! -e "$home" ] || left=$(find "$home" ! -type d | head -n 3)
done
${scattered(departed, sh`-depth -exec rm -rf -- {} +`)}
left=$left$(${scattered(departed, sh`-print`)} | head -n 3)
[ -z "$left" ] || { echo "cannot be deleted:" $left >&2; exit 1; }`

const scattered = ({ uid }: Departed, action: Script): Script =>
  sh`for shared in ${SHARED}; do [ ! -d "$shared" ] || [ -L "$shared" ] || find "$shared" -xdev -uid ${uid} ${action}; done`
