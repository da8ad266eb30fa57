// All that a check may use of the engine, besides lib/shell.ts.

export * from './check/check.ts'
export { dotKubeOn, dotKubeProbesFor, tokenIn } from './check/credential.ts'
export { placed } from './check/decisive.ts'
export { identityOf, serviceAccountIdentity } from './check/identity.ts'
export { MATRIX_KINDS, namespacesOf, type Peers, peersOf, rbacOf } from './check/matrix.ts'
export * from './check/question.ts'
export { type Grant, keyOf, type Right, RUN_SETUP, VERBS } from './check/rbac.ts'
export type { Scene } from './check/scene.ts'
export * from './kube-object.ts'
export { asUser } from './linux/as-user.ts'
export type { Answers, Probe } from './resource-type.ts'
