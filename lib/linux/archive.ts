import { sh } from '../base/shell.ts'
import { LOGIN_NAME } from '../conventions/names.ts'
import { type Answers, type Probe, rowsOf } from '../resource/type.ts'
import type { Departed } from './departed.ts'

/** Where homes of those who left are kept, readable by root only. */
export const ARCHIVES = '/var/backups/arena-playbooks'

/** An archive that is there, with its checksum as it was written. */
export interface Archive {
  path: string
  sha256: string
}

/** What is there of somebody's. */
export interface Archives {
  /** In the order in which they were written. */
  all: readonly Archive[]
  /** The path of the next: none is ever written over or moved. */
  next: string
}

/** What the names of somebody's archives begin with; the uid keeps apart those who had one name one after the other. */
export const baseOf = ({ name, uid }: Departed): string => `${ARCHIVES}/${name}-${uid}`

const pathOf = (departed: Departed, number: number): string =>
  `${baseOf(departed)}${number === 1 ? '' : `.${number}`}.tar.gz`

/** Which archives are there, with their checksums; one that was never finished has none or is not there. */
export const archivesProbe: Probe = {
  id: 'archives',
  script: sh`for sum in ${ARCHIVES}/*.sha256; do [ ! -f "\${sum%.sha256}" ] || cat "$sum"; done`,
}

/** The answer to `archivesProbe`, by person. */
export const readArchives = (answers: Answers): ((departed: Departed) => Archives) => {
  const sums = new Map(rowsOf(answers, archivesProbe.id, '  ').map(([sum = '', path]) => [path, sum]))
  return (departed) => {
    const all: Archive[] = []
    for (let number = 1; ; number++) {
      const path = pathOf(departed, number)
      const sha256 = sums.get(path)
      if (sha256 === undefined) return { all, next: path }
      all.push({ path, sha256 })
    }
  }
}

/** Somebody of whom an archive is there, and when it was written, in seconds since 1970. */
export interface Archived extends Departed {
  seconds: number
}

/** Looks whose archives are there. */
export const archivedProbe: Probe = {
  id: 'archived people',
  script: sh`stat -c '%Y %n' ${ARCHIVES}/*.tar.gz 2>/dev/null || :`,
}

/** The answer to `archivedProbe`; what is called otherwise is nobody's. */
export const readArchived = (answers: Answers): Archived[] =>
  answers
    .text(archivedProbe.id)
    .split('\n')
    .flatMap((line): Archived[] => {
      const [, seconds, path = ''] = /^(\d{1,11}) (.+)$/.exec(line) ?? []
      if (!path.startsWith(`${ARCHIVES}/`)) return []
      const [, name, uid] = /^(.+)-(\d{1,10})(?:\.\d+)?\.tar\.gz$/.exec(path.slice(ARCHIVES.length + 1)) ?? []
      return name !== undefined && LOGIN_NAME.test(name)
        ? [{ name, uid: Number(uid), seconds: Number(seconds) }]
        : []
    })
