import type { Secret } from '../base/secret.ts'
import type { Script } from '../base/shell.ts'
import type { Inventory } from '../inventory/schema.ts'
import type { BoundToken, Lifetime } from '../kube/bound-token.ts'
import type { Kind, KubeObject, ObjectRef } from '../kube/object.ts'

/** One script of a batch; it runs in its own subshell with standard input closed. */
export interface Frame {
  id: string
  /** What people call it; the id by default. */
  title?: string
  script: Script
  /** Frames of the same batch that must have ended with 0; otherwise this one is skipped. */
  needs?: readonly string[]
  /**
   * What it is to do for later frames, a line each. It finds those as `$1` whose own needs have ended with 0 by then,
   * and is not run where there are none; what it prints is names of what it has done, one a line, and no part of its
   * result.
   */
  items?: readonly FrameItem[]
  /** Not run, as if it had ended with 0, when an earlier frame has printed this name. */
  unless?: { told: string; by: string }
}

/** A line for a frame that does something for many, and the frames that must have ended with 0 before that. */
export interface FrameItem {
  line: string
  needs: readonly string[]
}

/** What one frame did. `stdout` is bytes: output of a host is data, not text we may trust. */
export type FrameResult =
  | { state: 'ran'; code: number; stdout: Buffer; stderr: string }
  | { state: 'skipped'; needs: string }

export interface RunOptions {
  signal: AbortSignal
  /** Called as each frame ends, in order, while later ones still run. */
  onFrame?: (id: string, result: FrameResult) => void
  /** Whether a frame changes something: it then waits until nothing else does, and looks wait for it. */
  changes?: boolean
}

export type OnSent = (sent: number, of: number) => void

/** A machine that we reach as root. Every method is one round trip. */
export interface HostConnection {
  /** Runs all frames in one exec, in order; resolves with a result for each, rejects when the connection is lost. */
  run(frames: readonly Frame[], options: RunOptions): Promise<Map<string, FrameResult>>
  /**
   * Writes a local file to an absolute path on the host, mode 0600, through a temporary name and one rename; makes
   * the directory, readable by root only, when there is none. `onSent` is told how many bytes have gone out, and of
   * how many.
   */
  upload(from: string, to: string, signal: AbortSignal, onSent?: OnSent): Promise<void>
  /** Execs made so far, uploads included. */
  readonly execs: number
  close(): Promise<void>
}

export interface KubeWrite {
  signal: AbortSignal
  /** Ask the server to refuse or accept without storing anything. */
  dryRun?: boolean
}

/** A request that stores nothing: a read, a review, or a write that goes as a dry run. */
export interface Inquiry {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  path: string
  body?: unknown
  /** Whose token is shown: ours when absent, none when `null`. */
  token?: Secret | null
}

/** The API server's answer, whatever its status. */
export interface Reply {
  status: number
  /** JSON; a text that is none comes as a string. */
  body: unknown
}

/** A resource or subresource that the API serves. */
export interface ApiResource {
  /** '' for the core group. */
  group: string
  version: string
  /** In plural. */
  resource: string
  subresource?: string
  kind: string
  namespaced: boolean
  verbs: readonly string[]
}

/** What the API has outside the core group. */
export interface Offers {
  hasGroup(name: string): boolean
  /** By a name such as `tfjobs.kubeflow.org`; false for all where the server names groups only. */
  serves(resource: string): boolean
}

/** The `cluster` of an inventory: how we reach it, and how users do where that is another way. */
export type KubeSettings = Omit<Inventory['cluster'], 'name'>

/** How users reach the API, as it is written into their kubeconfigs. */
export interface Endpoint {
  /** URL. */
  server: string
  /** Certificate authority in PEM; empty for those that machines trust. */
  ca: string
  /** The name in the server's certificate; what a user has written themselves stays when it is left out. */
  tlsServerName?: string
  /** The way to the server; what a user has written themselves stays when it is left out. */
  proxyUrl?: string
  /** Why nobody can tell how users get there, and what the inventory has to say. */
  untold?: { reason: string; hint: string }
}

/** A cluster's API, in raw JSON so that no field is lost. */
export interface KubeConnection {
  /** GET of any path; undefined when the server answers 404. */
  read(path: string, signal: AbortSignal): Promise<KubeObject | undefined>
  /** All objects of a kind in all namespaces, in pages of 500, with the list's resourceVersion. */
  list(kind: Kind, signal: AbortSignal): Promise<{ items: KubeObject[]; resourceVersion: string }>
  /** Server-side apply with our field manager, forced. */
  apply(kind: Kind, object: KubeObject, options: KubeWrite): Promise<KubeObject>
  /** PUT of the whole object; refused with `conflict` when its resourceVersion is no longer the live one. */
  replace(kind: Kind, object: KubeObject, options: KubeWrite): Promise<KubeObject>
  /** POST; refused with `conflict` when it exists. */
  create(kind: Kind, object: KubeObject, options: KubeWrite): Promise<KubeObject>
  /** A new token, bound to its anchor, and how long the server lets it last. */
  issue(token: BoundToken, signal: AbortSignal): Promise<{ token: Secret; lasts: Lifetime }>
  /**
   * DELETE with uid and resourceVersion preconditions; an object that is gone already is fine. `grace`: in how many
   * seconds a pod ends.
   */
  remove(
    ref: ObjectRef & { uid: string; resourceVersion?: string },
    options: KubeWrite & { grace?: number },
  ): Promise<void>
  /**
   * Calls back for each object of a kind that is added or changed after resourceVersion (from the beginning when that
   * is empty or too old, so one may come more than once), until the signal aborts or the connection is closed.
   */
  watch(
    kind: Kind,
    resourceVersion: string,
    onObject: (object: KubeObject) => void,
    signal: AbortSignal,
  ): Promise<void>
  /** What the API serves, in its preferred versions, subresources too. Two requests. */
  discover(signal: AbortSignal): Promise<ApiResource[]>
  /** What the API has outside the core group. One request. */
  offers(signal: AbortSignal): Promise<Offers>
  /** Asks and stores nothing; rejects only when there was no answer. */
  inquire(inquiry: Inquiry, signal: AbortSignal): Promise<Reply>
  /** From what this connection was made, for another one. */
  readonly settings: KubeSettings
  /** Where we reach the API. */
  readonly server: string
  readonly endpoint: Endpoint
  /** What the API server's clock says, as far as its last answer told; our own clock's time before the first. */
  readonly now: Date
  /** Requests made so far, repeated ones included. */
  readonly requests: number
  close(): Promise<void>
}

/** Where to look: the connection to a host or to the cluster. */
export interface Reach {
  host(name: string): Promise<HostConnection>
  cluster(): Promise<KubeConnection>
  traffic(): Traffic
}

/**
 * One exec on a machine or one request to the API, as it is made. What is secret in a script shows sealed; bodies are
 * left out.
 */
export type RoundTrip =
  | { type: 'exec'; host: string; scripts: readonly { title: string; script: Script }[] }
  | { type: 'request'; method: string; path: string }

export type OnRoundTrip = (trip: RoundTrip) => void

/** Round trips made so far: SSH execs and requests to the API. */
export interface Traffic {
  execs: number
  requests: number
}
