// Proves, as the users, that the document's five goals hold on this cluster and these machines: step six.

import { access } from '../lib/checks/access.ts'
import { admittedPods } from '../lib/checks/admitted-pods.ts'
import { asTheUser } from '../lib/checks/as-the-user.ts'
import { attempts } from '../lib/checks/attempts.ts'
import { dataList } from '../lib/checks/data-list.ts'
import { dropped } from '../lib/checks/dropped.ts'
import { ambient } from '../lib/checks/everybody.ts'
import { fairness } from '../lib/checks/fairness.ts'
import { IN_PODS, IN_PODS_KINDS } from '../lib/checks/in-pods/checks.ts'
import { inPods } from '../lib/checks/in-pods/trial.ts'
import { kubeconfigs } from '../lib/checks/kubeconfig.ts'
import { leavers } from '../lib/checks/leavers.ts'
import { accountChecks } from '../lib/checks/linux-accounts.ts'
import { localAccounts } from '../lib/checks/local-accounts.ts'
import { loginChecks } from '../lib/checks/login.ts'
import { machines } from '../lib/checks/machine.ts'
import { makers } from '../lib/checks/makers.ts'
import { network } from '../lib/checks/network.ts'
import { outsiders } from '../lib/checks/outsiders.ts'
import { ownCredential } from '../lib/checks/own-credential.ts'
import { quotaAttempts } from '../lib/checks/quota-attempts.ts'
import { TABLES } from '../lib/checks/rights/tables.ts'
import { sshKeys } from '../lib/checks/ssh-keys.ts'
import { staticGuards } from '../lib/checks/static-guards.ts'
import { STEP_SIX, stepSix } from '../lib/checks/step-six/step-six.ts'
import { storage } from '../lib/checks/storage.ts'
import { subordinateIds } from '../lib/checks/subordinate-ids.ts'
import { tamper } from '../lib/checks/tamper.ts'
import { unknownRights } from '../lib/checks/unknown-rights.ts'
import { withinReach } from '../lib/checks/within-reach.ts'
import { audit, main } from '../lib/playbook.ts'
import { stampIn } from './strict/index.ts'

const verify = audit({
  name: 'verify',
  description: 'Proves, as the users, that the five goals of the document hold.',
  example: 'inventory/prod.ts --only goal3 --report verify.html',
  checks: [
    ...access,
    ...accountChecks,
    ...admittedPods,
    ...ambient,
    ...asTheUser,
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
    ...sshKeys,
    dropped,
    staticGuards(stampIn),
    ...storage,
    ...subordinateIds,
    ...tamper,
    unknownRights,
    withinReach,
  ],
  tables: TABLES,
  jobs: stepSix,
  pods: { trial: inPods, checks: Object.values(IN_PODS), kinds: IN_PODS_KINDS },
  jobChecks: Object.values(STEP_SIX),
})

export default verify

if (import.meta.main) await main(verify)
