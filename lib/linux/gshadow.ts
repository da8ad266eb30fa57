import { type Script, sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import type { FieldDiff } from '../resource/type.ts'
import type { Accounts } from './accounts.ts'

/** What an account is given by /etc/gshadow alone, or by lines that an account of the same name left behind. */
export interface Beside {
  diffs: readonly FieldDiff[]
  /** Groups that it enters with sg only. */
  hidden: readonly string[]
  /** Groups whose members it may change. */
  administers: readonly string[]
}

/** What an account gets beside the groups that are its own. */
export const besideGroups = (
  name: string,
  own: readonly string[],
  { hiddenGroupsOf, administeredBy }: Accounts,
): Beside => {
  const hidden = hiddenGroupsOf(name).filter((group) => group !== name && !own.includes(group))
  const administers = administeredBy(name)
  return {
    diffs: [
      ...(hidden.length > 0 ? [{ field: 'groups in gshadow', from: hidden }] : []),
      ...(administers.length > 0 ? [{ field: 'administrator of groups', from: [...administers] }] : []),
    ],
    hidden,
    administers,
  }
}

const RESIGN = shellFile(new URL('./scripts/resign.sh', import.meta.url))

/** Has an account administer none of these groups any more; whoever else does, as the file says then, goes on. */
export const resign = (name: string, groups: readonly string[]): Script =>
  sh`{\n${RESIGN}\nresign ${name} ${groups}\n}`
