import { sh } from '../base/shell.ts'
import type { Answers, Probe } from '../resource/type.ts'

/** Ids that newuidmap or newgidmap lets somebody act as, in a namespace of users. */
export interface SubordinateRange {
  database: 'subuid' | 'subgid'
  /** A name, or a uid in figures. */
  owner: string
  first: number
  last: number
}

const ID = 'subordinate ids'

/** Prints the ranges that something on the machine would grant; all lines of an owner count. */
export const subordinateIdsProbe: Probe = {
  id: ID,
  script: sh`for pair in subuid:newuidmap subgid:newgidmap; do
  file=/etc/\${pair%:*}
  [ ! -e "$file" ] || ! command -v "\${pair#*:}" >/dev/null || sed "s/^/\${pair%:*}:/" "$file" || exit
done`,
}

/** The answer to `subordinateIdsProbe`. */
export const readSubordinateIds = (answers: Answers): SubordinateRange[] =>
  answers
    .text(ID)
    .split('\n')
    .flatMap((line) => {
      const [, database, owner, first, count] = /^(sub[ug]id):([^:]+):(\d+):(\d+)$/.exec(line) ?? []
      if (owner === undefined || Number(count) === 0) return []
      const begin = { database: database as SubordinateRange['database'], owner, first: Number(first) }
      return [{ ...begin, last: begin.first + Number(count) - 1 }]
    })
