import { lines, sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import type { AtOnce } from '../resource/type.ts'

/**
 * Below that `useradd` makes each account: a pass over all of them saves less than a second then, and what useradd does
 * needs no proof.
 */
const LEAST = 50

const scriptOf = (name: string): URL => new URL(`./scripts/${name}.sh`, import.meta.url)

const EDIT = String(shellFile(scriptOf('edit-accounts')))
const SUBORDINATE = String(shellFile(scriptOf('subordinate-ids')))
const MAKE_ACCOUNTS = shellFile(scriptOf('make-accounts'))
const MAKE_HOMES = shellFile(scriptOf('make-homes'))

/** Accounts as `useradd` makes them, for items `name:uid:gecos:home:shell:groups`. */
export const ACCOUNTS_AT_ONCE: AtOnce = {
  title: 'accounts at once',
  least: LEAST,
  script: lines(sh`accounts=$1 edit=${EDIT} subordinate=${SUBORDINATE}`, MAKE_ACCOUNTS),
}

/** Homes of accounts that have none, for items `name:uid:home`. */
export const HOMES_AT_ONCE: AtOnce = {
  title: 'homes at once',
  least: LEAST,
  script: lines(sh`homes=$1`, MAKE_HOMES),
}
