// Proves, as the users, that the document's five goals hold on this cluster and these machines: step six.
import { audit, main } from '../lib/playbook.ts'
import { access } from '../tasks/checks/access.ts'
import { accountChecks } from '../tasks/checks/account.ts'
import { admittedPods } from '../tasks/checks/admitted-pods.ts'
import { ambient } from '../tasks/checks/ambient.ts'
import { asHimself } from '../tasks/checks/as-himself.ts'
import { attempts } from '../tasks/checks/attempts.ts'
import { dataList } from '../tasks/checks/data-list.ts'
import { dropped } from '../tasks/checks/dropped.ts'
import { fairness } from '../tasks/checks/fairness.ts'
import { kubeconfigs } from '../tasks/checks/kubeconfig.ts'
import { leavers } from '../tasks/checks/leavers.ts'
import { localAccounts } from '../tasks/checks/local-accounts.ts'
import { loginChecks } from '../tasks/checks/login.ts'
import { machines } from '../tasks/checks/machine.ts'
import { makers } from '../tasks/checks/makers.ts'
import { network } from '../tasks/checks/network.ts'
import { outsiders } from '../tasks/checks/outsiders.ts'
import { ownCredential } from '../tasks/checks/own-credential.ts'
import { quotaAttempts } from '../tasks/checks/quota-attempts.ts'
import { storage } from '../tasks/checks/storage.ts'
import { subordinateIds } from '../tasks/checks/subordinate-ids.ts'
import { tamper } from '../tasks/checks/tamper.ts'
import { unknownRights } from '../tasks/checks/unknown-rights.ts'
import { withinReach } from '../tasks/checks/within-reach.ts'

const verify = audit({
  name: 'verify',
  description: 'Proves, as the users, that the five goals of the document hold.',
  checks: [
    ...access,
    ...accountChecks,
    ...admittedPods,
    ...ambient,
    ...asHimself,
    ...attempts,
    dataList,
    ...fairness,
    ...kubeconfigs,
    leavers,
    ...localAccounts,
    ...loginChecks,
    ...machines,
    ...makers,
    ...network,
    ...outsiders,
    ...ownCredential,
    ...quotaAttempts,
    dropped,
    ...storage,
    ...subordinateIds,
    ...tamper,
    unknownRights,
    withinReach,
  ],
})

export default verify

if (import.meta.main) await main(verify)
