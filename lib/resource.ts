// All that a task may use of the engine, besides lib/shell.ts and lib/template.ts.
export * from './accounts.ts'
export { AutomationError } from './errors.ts'
export * from './kube-object.ts'
export { deletion, OWNER_LABEL, objectType, ownership, waiting } from './object.ts'
export * from './paths.ts'
export * from './resource-type.ts'
export { Secret } from './secret.ts'
