import { sh } from '../base/shell.ts'
import type { Answers, Probe } from '../resource/type.ts'
import { peopleIn } from './directory.ts'
import { isWithin, type Mounts } from './mounts.ts'

/** Where the home of an account really is. */
export interface RealHome {
  account: string
  uid: number
  path: string
}

/** Accounts below are the system's; what their homes are is not made by them. */
const FIRST = 1000

/**
 * Looks where the homes of all local accounts really are, without a process for each, and those of whom a directory has
 * in groups of the machine.
 */
export const realHomesProbe: Probe = {
  id: 'real homes',
  script: sh`{ cat /etc/passwd && ${peopleIn({ users: [], groups: [] })}; } |
while IFS=: read -r name _ uid _ _ home _; do
  case $home in /*) cd -P "$home" 2>/dev/null && printf '%s\\0%s\\0%s\\0' "$name" "$uid" "$PWD" ;; esac
done
:`,
}

/** The answer to `realHomesProbe`. */
export const readRealHomes = (answers: Answers): readonly RealHome[] => {
  const fields = answers.text(realHomesProbe.id).split('\0')
  return Array.from({ length: Math.floor(fields.length / 3) }, (_, index) => {
    const [account, uid, path] = fields.slice(3 * index) as [string, string, string]
    return { account, uid: Number(uid), path }
  })
}

/**
 * Homes of other accounts that would go with a home: the same directory, by whatever path, or one in it; and one that
 * it lies in, unless that is a directory of the system.
 */
export const homesWith = (
  home: string,
  account: string,
  { homes, mounts }: { homes: readonly RealHome[]; mounts: Mounts },
): readonly RealHome[] => {
  const place = mounts.place(home)
  return homes.filter((other) => {
    if (other.account === account) return false
    const its = mounts.place(other.path)
    return isWithin(its, place) || (other.uid >= FIRST && other.path !== '/' && isWithin(place, its))
  })
}
