// Tells how each group and user stands beside what the inventory says: quotas, jobs, tokens, drift.
import { main, survey } from '../lib/playbook.ts'
import setup from './setup.ts'

const report = survey({
  name: 'report',
  description:
    'Tells how each group and user stands: quotas, jobs, tokens, drift; changes nothing. Exit 0 when ' +
    'all is as wanted, 2 when something is not, 3 when a machine or the cluster was not reached.',
  example: 'inventory/prod.ts --lang zh --html report.html',
  of: setup,
})

export default report

if (import.meta.main) await main(report)
