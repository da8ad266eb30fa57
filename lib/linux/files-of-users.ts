import { LIMITED } from '../base/limited.ts'
import { type Script, sh } from '../base/shell.ts'
import { readTar, type TarFile } from '../base/tar.ts'

/** Time for all files at once, and for one. */
const SECONDS = { all: 20, one: 2 } as const

type Patience = Record<keyof typeof SECONDS, number>

/**
 * Reads the files that `list` prints, each as `SIZE PATH` on a line, the path from the root and with a point before it:
 * in one process as long as they stay as they are. Where one grows or holds the others up, all are read one by one, as
 * much of each as one may hold and no longer than a moment; then that one alone is missing.
 */
export const filesScript = (
  list: Script,
  most: number,
  { all, one }: Patience = SECONDS,
): Script => sh`${LIMITED}files=$(${list})
whole=$(printf '%s\\n' "$files" | awk '{ bytes += $1 + 4096 } END { printf "%d", bytes + 65536 }')
echo "$whole"
cd / && {
  left=$(printf '%s\\n' "$files" | sed -n 's/^[0-9]* //p' | tr '\\n' '\\0' |
    xargs -0 -r sh -c ${ALL} all ${all} | { head -c "$whole" >&3; head -c 1 | wc -c; })
} 3>&1
[ "$left" -gt 0 ] || exit 0
printf '%s\\n' "$files" | sed -n 's/^[0-9]* //p' | while IFS= read -r path; do
  limited ${one} tar -cf - --no-recursion "$path" </dev/null | head -c ${most + ROOM} | base64 | tr -d '\\n'
  echo
done`

/** After a file that holds the others up come zeros without end, so that it ends as one that grows does. */
const ALL = `${LIMITED}seconds=$1
shift
limited "$seconds" tar -cf - --no-recursion "$@"
[ $? != 137 ] || exec cat /dev/zero`

/** For what tar adds to a file. */
const ROOM = 32_768

/** The files that a script made with `filesScript` printed; one that holds more than `most` is missing. */
export const readFiles = (answer: Buffer, most: number): TarFile[] =>
  archivesIn(answer)
    .flatMap(readTar)
    .filter(({ content }) => content.length <= most)

const archivesIn = (answer: Buffer): Buffer[] => {
  const start = answer.indexOf('\n') + 1
  const end = start + Number(answer.toString('latin1', 0, start))
  if (answer.length <= end) return [answer.subarray(start)]
  const single = answer.toString('latin1', end).split('\n')
  return single.map((archive) => Buffer.from(archive, 'base64'))
}
