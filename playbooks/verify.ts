// Proves, as the users, that the document's five goals hold on this cluster and these machines: step six.
import { audit, main } from '../lib/playbook.ts'
import { access } from '../tasks/checks/access.ts'
import { ambient } from '../tasks/checks/ambient.ts'
import { attempts } from '../tasks/checks/attempts.ts'
import { fairness } from '../tasks/checks/fairness.ts'
import { network } from '../tasks/checks/network.ts'
import { ownCredential } from '../tasks/checks/own-credential.ts'
import { quotaAttempts } from '../tasks/checks/quota-attempts.ts'
import { storage } from '../tasks/checks/storage.ts'
import { tamper } from '../tasks/checks/tamper.ts'

const verify = audit({
  name: 'verify',
  description: 'Proves, as the users, that the five goals of the document hold.',
  checks: [
    ...access,
    ...attempts,
    ...ambient,
    ...fairness,
    ...network,
    ...storage,
    ...tamper,
    ...ownCredential,
    ...quotaAttempts,
  ],
})

export default verify

if (import.meta.main) await main(verify)
