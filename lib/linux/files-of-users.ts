import { LIMITED } from '../base/limited.ts'
import { type Script, sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import { readTar, type TarFile } from '../base/tar.ts'

/** Time for all files at once, and for one. */
const SECONDS = { all: 20, one: 2 } as const

type Patience = Record<keyof typeof SECONDS, number>

/**
 * Reads the files that `list` prints, each as `SIZE PATH` on a line, the path from the root and with a point before it:
 * in one process as long as they stay as they are. Where one grows or holds the others up, all are read one by one, as
 * much of each as one may hold and no longer than a moment; then that one alone is missing.
 */
export const readScript = (
  list: Script,
  most: number,
  { all, one }: Patience = SECONDS,
): Script => sh`${LIMITED}files=$(${list})
seconds_all=${all} seconds_one=${one} bytes_one=${most + ROOM} print_all=${ALL}
${PRINT}`

const ALL = String(sh`${LIMITED}${shellFile(new URL('./scripts/archive-files.sh', import.meta.url))}`)
const PRINT = shellFile(new URL('./scripts/print-files.sh', import.meta.url))

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
