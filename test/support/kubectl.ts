import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'

/** What kubectl prints as the sandbox's administrator, errors too; its exit status is passed over. */
export const kubectlIn = (state: SandboxState, command: string): Promise<string> =>
  runOn('cluster', `kubectl ${command} 2>&1 || true`, state)

/** Applies objects as the sandbox's administrator; rejects when the API server refuses one. */
export const applyIn = (state: SandboxState, objects: readonly object[]): Promise<string> =>
  runOn(
    'cluster',
    `kubectl apply -f - <<'EOF'\n${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })}\nEOF`,
    state,
  )
