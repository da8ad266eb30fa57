import { shellFile } from '../base/shell-file.ts'
import { type Answers, type Probe, rowsOf } from '../resource/type.ts'
import { type Mounts, unescaped } from './mounts.ts'

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
  rowsOf(answers, dueMountsProbe.id, '\t').flatMap(([file, point]) =>
    file === undefined || point === undefined ? [] : [{ file, point: plain(point) }],
  )

/** A slash at the end means nothing. */
const plain = (point: string): string => unescaped(point).replace(/(.)\/+$/, '$1')

/** What a path would lie on, if it were mounted; undefined when nothing is missing. */
export const missingMount = (path: string, mounts: Mounts, due: readonly DueMount[]): DueMount | undefined =>
  due.find(
    ({ point }) =>
      [path, mounts.real(path)].some((one) => `${one}/`.startsWith(`${point}/`)) &&
      mounts.of(point)?.point !== mounts.real(point),
  )
