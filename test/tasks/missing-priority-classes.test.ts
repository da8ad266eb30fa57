import { PRIORITY_CLASS } from '../../lib/kube/object.ts'
import { missingPriorityClasses } from '../../tasks/missing-priority-classes.ts'
import { cases } from '../support/cases.ts'
import { live } from '../support/live.ts'

const want = {
  named: [
    { group: 'dev1', priorityClass: 'urgent' },
    { group: 'dev2', priorityClass: 'urgent' },
    { group: 'dev2', priorityClass: 'low' },
  ],
}

cases(missingPriorityClasses, {
  'all there → nothing to tell': {
    want,
    have: [live(PRIORITY_CLASS, 'urgent'), live(PRIORITY_CLASS, 'low')],
    names: [],
  },
  'one that is not there → told once, for whom, with the command that makes it': {
    want,
    have: [live(PRIORITY_CLASS, 'low')],
    names: ['urgent', 'dev1, dev2', 'kubectl create priorityclass urgent'],
  },
}).run()
