import { type JobKindName, jobKind, TRIAL_KINDS } from '../conventions/job-kinds.ts'
import { rolesIn } from '../inventory/roles.ts'
import { makeable } from '../resource/makers.ts'
import type { Scene } from './facts.ts'

/** By which kind of job a group can be tried; undefined where its members submit none such. */
export const trialKindIn = (name: string, { inventory }: Scene): JobKindName | undefined => {
  const members = rolesIn(inventory, name).filter((role) => role.name === 'member')
  const may = makeable(members, ['create'])
  return TRIAL_KINDS.find((kind) => {
    const { group, plural } = jobKind(kind)
    return may[group]?.includes(plural)
  })
}
