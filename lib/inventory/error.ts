import { AutomationError } from '../base/errors.ts'
import type { Mistake } from '../base/rules.ts'

/** A mistake in an inventory file, as data. */
export interface InventoryIssue extends Mistake {
  /** As messages print it: relative to the current directory where it is below it. */
  file: string
  line?: number
  /** The place as a person names it, such as `users[2] (tom).uid`; empty for the file as a whole. */
  path: string
}

/** All mistakes of one inventory file; each takes a line with its place and a line with the next step. */
export class InventoryError extends AutomationError {
  readonly issues: readonly InventoryIssue[]

  constructor(issues: readonly InventoryIssue[], cause?: unknown) {
    const lines = issues.map(
      ({ file, line, path, reason, hint }) =>
        `${[line === undefined ? file : `${file}:${line}`, path].filter(Boolean).join(' ')}: ${reason}\n  → ${hint}`,
    )
    const count = issues.length === 1 ? [] : [`${issues[0]?.file}: ${issues.length} mistakes`]
    super({ code: 'inventory', message: [...count, ...lines].join('\n'), cause })
    this.name = 'InventoryError'
    this.issues = issues
  }
}
