import { counted } from '../base/counted.ts'
import { printable } from '../base/printable.ts'
import { renderFound } from './adopt-text.ts'
import { renderProof, renderReport } from './audit-text.ts'
import type { Event, Reporter } from './events.ts'
import {
  multiline,
  type RenderOptions,
  renderEdit,
  renderError,
  renderList,
  renderOutcome,
  renderPlan,
  renderRecap,
  renderRoundTrip,
} from './plan-text.ts'
import { stageMessages } from './stage-messages.ts'
import { renderTenants } from './survey-text.ts'

/** Plain lines in the order things happen: for logs, CI and pipes. */
export const linesReporter = (options: RenderOptions): Reporter => ({
  on(event) {
    for (const line of linesOf(event, options)) console.log(line)
  },
})

/** What one event says as lines; a live display uses it for everything but the progress. */
export const linesOf = (event: Event, options: RenderOptions): string[] => {
  const words = stageMessages(options.language)
  switch (event.type) {
    case 'start':
      return [words.start(event.playbook, event.inventory, event.mode === 'check')]
    case 'edit':
      return renderEdit(event.file, event.diff)
    case 'list':
      return renderList(event.resources)
    case 'observed':
      return [words.read(event.targets, event.seconds)]
    case 'trying':
      return [words.trying(event.at)]
    case 'plan':
      return renderPlan(event.plan, options)
    case 'change:end':
      return renderOutcome(event.action, event.outcome)
    case 'stopping':
      return [words.stopping(event.running)]
    case 'verify':
      return event.count > 0 ? [`Looking again at ${counted(event.count, 'change')}`] : []
    case 'exec':
    case 'request':
      return renderRoundTrip(event)
    case 'error':
      return [renderError(event.error)]
    case 'recap':
      return renderRecap(event.recap)
    case 'note':
      return [multiline(event.text)]
    case 'page':
      return [words.page(printable(event.file))]
    case 'tenants':
      return renderTenants(event.report, event.language, options)
    case 'proof':
      return renderProof(event.report)
    case 'found':
      return renderFound(event.found, event.file, event.writing)
    case 'report':
      return renderReport(event.report, options, event.language)
    case 'apply':
    case 'asking':
    case 'change:start':
    case 'upload':
      return []
    default:
      return unshown(event)
  }
}

/** An event that is forgotten above does not compile. */
const unshown = (_event: never): string[] => []
