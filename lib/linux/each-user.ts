import { LIMITED } from '../base/limited.ts'
import { lines, type Script, sh } from '../base/shell.ts'
import { readTar } from '../base/tar.ts'
import type { Answers } from '../resource/type.ts'
import { type AsWhom, become } from './as-user.ts'

/** Whose account it is. */
export interface AccountOwner extends AsWhom {
  home: string
}

export interface EachUser {
  users: readonly AccountOwner[]
  /** Run by root once, beforehand; what it prints is in the file "$once". */
  once?: Script
  /**
   * Run by root for each, with "$name", "$uid", "$gid" and "$home". `as_user PROGRAM [ARGUMENT…]` as its last
   * command runs that text for `sh -c` as the user, with nothing of root's environment but PATH.
   */
  script: Script
  /** Of 512 bytes: what one user's program may write to a file, where that is more than usual. */
  blocks?: number
}

/** How it ended for one user. */
export interface Ended {
  code: number
  stdout: string
  stderr: string
}

/** Users that are served at once. */
const AT_ONCE = 4
/**
 * What one may take; where several in a row take longer, those behind are not tried: a server that is gone is gone
 * for all.
 */
const SECONDS = 30
const IN_A_ROW = 3
const BLOCKS = 1024

/**
 * Runs a script for each user, a few at once: for what must be tried as the user, as it takes a process or two for
 * each. Whom it is done with is said on standard error, so that a machine with many users is not taken for one that
 * is silent.
 */
export const eachUser = ({
  users,
  once = sh`:`,
  script,
  blocks = 0,
}: EachUser): Script => sh`dir=$(mktemp -d) || exit
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT PIPE TERM
once=$dir/once
${LIMITED}{
${once}
} >"$once" || exit
as_user() {
program=$1 && shift && set -- "$program" as-user "$@"
${become(sh`"$name"`, sh`"$uid"`, { start: AS_USER, gid: sh`"$gid"` })}
}
one() {
${script}
}
line() {
  ulimit -f ${Math.max(BLOCKS, blocks)}
  late=0
  while [ $# -gt 0 ]; do
    name=$1 uid=$2 home=$3 gid=$2
    [ "$4" != directory ] || gid=$(id -g "$name" 2>/dev/null) || gid=$uid
    (cd / && one) </dev/null >"$dir/$name.out" 2>"$dir/$name.err"
    code=$?
    echo "$code" >"$dir/$name.code"
    echo "$name" >&2
    case $code in 124 | 137 | 143) late=$((late + 1)) ;; *) late=0 ;; esac
    [ "$late" -lt ${IN_A_ROW} ] || return
    shift 4
  done
}
${lines(...Array.from({ length: AT_ONCE }, (_, line) => lineOf(users.filter((_, at) => at % AT_ONCE === line))))}wait
cd "$dir" && tar -cf - .`

const AS_USER = sh`limited ${SECONDS} env -i PATH="$PATH" HOME="$home" USER="$name" LOGNAME="$name" LC_ALL=C `

const lineOf = (users: readonly AccountOwner[]): Script =>
  sh`line ${users.flatMap(({ name, uid, home, accounts = 'local' }) => [name, String(uid), home, accounts])} &`

/** What a script for each user printed. */
export interface EachEnded {
  once: string
  /** Undefined: it was not tried, because it took too long for several before. */
  of(user: { name: string }): Ended | undefined
}

/** The answer to a probe made with `eachUser`. */
export const readEachUser = (answers: Answers, probe: string): EachEnded => {
  const files = new Map(
    readTar(answers.bytes(probe)).map(({ path, content }) => [path.slice(2), content.toString('utf8')]),
  )
  return {
    once: files.get('once') ?? '',
    of({ name }) {
      const code = files.get(`${name}.code`)
      if (code === undefined) return undefined
      return {
        code: Number(code),
        stdout: files.get(`${name}.out`) ?? '',
        stderr: files.get(`${name}.err`) ?? '',
      }
    },
  }
}
