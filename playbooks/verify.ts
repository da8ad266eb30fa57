// Proves, as the users, that the document's five goals hold on this cluster and these machines: step six.
import { audit, main } from '../lib/playbook.ts'
import { access } from '../tasks/checks/access.ts'
import { attempts } from '../tasks/checks/attempts.ts'
import { fairness } from '../tasks/checks/fairness.ts'

const verify = audit({
  name: 'verify',
  description: 'Proves, as the users, that the five goals of the document hold.',
  checks: [...access, ...attempts, ...fairness],
})

export default verify

if (import.meta.main) await main(verify)
