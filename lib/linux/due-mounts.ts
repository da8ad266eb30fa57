import { shellFile } from '../base/shell-file.ts'
import type { Answers, Probe } from '../resource/type.ts'
import type { Mounts } from './mounts.ts'

/** A directory on which something is to be mounted, and the file that says so. */
export interface DueMount {
  point: string
  file: string
}

/**
 * Looks at what is to be mounted: fstab, units of systemd's that an administrator wrote, and the automounter's maps.
 */
export const dueMountsProbe: Probe = {
  id: 'due mounts',
  script: shellFile(new URL('./scripts/due-mounts.sh', import.meta.url)),
}

/** The answer to `dueMountsProbe`. */
export const readDueMounts = (answers: Answers): readonly DueMount[] =>
  answers
    .text(dueMountsProbe.id)
    .split('\n')
    .map((line) => line.split('\t'))
    .flatMap(([file, point]) =>
      file === undefined || point === undefined ? [] : [{ file, point: plain(point) }],
    )

/** A blank is three octal digits in fstab; a slash at the end means nothing. */
const plain = (point: string): string =>
  point
    .replace(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)))
    .replace(/(.)\/+$/, '$1')

/** What a path would lie on, if it were mounted; undefined when nothing is missing. */
export const missingMount = (path: string, mounts: Mounts, due: readonly DueMount[]): DueMount | undefined =>
  due.find(
    ({ point }) =>
      [path, mounts.real(path)].some((one) => `${one}/`.startsWith(`${point}/`)) &&
      mounts.of(point)?.point !== mounts.real(point),
  )
