// What a program that runs playbooks imports.

import './base/node-version.ts'

export { AutomationError } from './base/errors.ts'
export type { Recap } from './engine/recap.ts'
export { loadInventory } from './inventory/load.ts'
export { type ExecuteOptions, executePlaybook } from './program/execute.ts'
export type { Event, Reporter } from './reporters/events.ts'
export { memoryReporter } from './reporters/memory.ts'
