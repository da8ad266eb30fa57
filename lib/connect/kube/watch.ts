import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { defined } from '../../base/defined.ts'
import { type Kind, type KubeObject, pathOf } from '../../kube/object.ts'
import { failedCall, refusal } from './errors.ts'
import type { Call, KubeTransport } from './transport.ts'

interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  object: KubeObject & { code?: number }
}

const GONE = 410
const LONGEST_PAUSE_MS = 5000

/**
 * The objects of a kind that are added or changed after a resourceVersion, until the signal aborts, over as many
 * connections as that takes. When the API server no longer knows the version, it begins anew with every object there
 * is: one may come more than once, and its newest state always comes. Fails when the API server refuses, or cannot
 * be reached for longer than the limit of one call.
 */
export async function* follow(
  transport: KubeTransport,
  kind: Kind,
  resourceVersion: string,
  signal: AbortSignal,
): AsyncGenerator<KubeObject> {
  const ended = AbortSignal.any([signal, transport.closed])
  let version = resourceVersion
  let reachedAt = performance.now()
  let failures = 0
  while (!ended.aborted) {
    const call = watchCall(kind, version)
    try {
      const stream = await transport.open(call, ended)
      reachedAt = performance.now()
      for await (const { type, object } of eventsIn(stream)) {
        if (type === 'ERROR')
          throw refusal(call, transport.server, object.code ?? 500, JSON.stringify(object))
        version = object.metadata.resourceVersion ?? version
        reachedAt = performance.now()
        failures = 0
        if (type === 'ADDED' || type === 'MODIFIED') yield object
      }
    } catch (error) {
      if (ended.aborted) return
      const failure = failedCall(call, transport.server, error)
      if (failure.status === GONE) version = ''
      else if (!failure.retryable || performance.now() - reachedAt > transport.timeoutMs) throw failure
    }
    const pauseMs = Math.min(250 * 2 ** failures++, LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2)
    await sleep(pauseMs, undefined, { signal: ended }).catch(() => {})
  }
}

/** Without a version the API server sends everything there is first. */
const watchCall = (kind: Kind, version: string): Call => ({
  method: 'GET',
  path: pathOf(kind),
  query: {
    watch: 'true',
    allowWatchBookmarks: 'true',
    ...(version !== '' && { resourceVersion: version }),
    ...defined({ fieldSelector: kind.fieldSelector, labelSelector: kind.labelSelector }),
  },
  verb: 'watch',
  subject: kind.plural,
})

async function* eventsIn(stream: IncomingMessage): AsyncGenerator<WatchEvent> {
  let rest = ''
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    for (const line of lines) if (line !== '') yield JSON.parse(line)
  }
}
