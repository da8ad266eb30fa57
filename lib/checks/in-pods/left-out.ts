import type { Scene } from '../../audit/facts.ts'
import { advise } from '../../audit/repair.ts'
import type { CheckedFinding } from '../../audit/report.ts'
import { untested } from '../../audit/verdicts.ts'
import { IN_PODS } from './checks.ts'

/** Groups that the selection leaves out: what takes two groups to tell is not told of them and the others. */
export const leftOut = ({ inventory, groups }: Scene): CheckedFinding[] => {
  const others = inventory.groups.flatMap(({ name }) =>
    groups.some((one) => one.name === name) ? [] : [name],
  )
  if (others.length === 0) return []
  const says = 'is not in the selection, and none of its pods was tried beside the others'
  const finding = untested(others, says, advise('leave out --group and --user'))
  return [IN_PODS.G4, IN_PODS.H1].map((check) => ({ ...finding, check }))
}
