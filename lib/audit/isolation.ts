import type { Finding } from './check.ts'
import type { Scene } from './facts.ts'
import { advise, RUN_SETUP } from './repair.ts'

/** How something is judged that only `strict` promises to stop: a failure there, a known gap elsewhere. */
export const promisedByStrict = ({
  inventory,
}: Scene): Required<Pick<Finding, 'verdict' | 'repair'>> & Pick<Finding, 'closedBy'> =>
  inventory.isolation === 'strict'
    ? { verdict: 'fail', repair: RUN_SETUP }
    : {
        verdict: 'gap',
        closedBy: 'strict',
        repair: advise("isolation: 'strict' in the inventory closes it; then run setup"),
      }
