import type * as z from 'zod'
import { AutomationError, orUnread } from '../base/errors.ts'
import { onceFor } from '../base/once-for.ts'
import type { Secret } from '../base/secret.ts'
import type { Script } from '../base/shell.ts'
import type { BoundToken, Lifetime } from '../kube/bound-token.ts'
import type { Json, Kind, KubeObject, ObjectRef } from '../kube/object.ts'

/** A wanted object without kind, version and labels of ownership, which the engine adds; `null` means absent. */
export interface Manifest {
  metadata: {
    name: string
    namespace?: string
    labels?: Record<string, string | null>
    annotations?: Record<string, string | null>
  }
  [field: string]: Json
}

/** A machine or a cluster, by the name that `--limit` takes. */
export interface Target {
  type: 'host' | 'cluster'
  name: string
}

/** Whose a resource is: `--user` and `--group` select by it, and cluster objects carry it as labels. */
export interface Belongs {
  user?: string
  groups?: readonly string[]
}

/** A script that only reads. The engine runs equal scripts once, however many types want to know. */
export interface Probe {
  id: string
  script: Script
  /** Lines that the script has in `$about`. Probes with one script are asked once, about the lines of all of them. */
  about?: readonly string[]
  /** Of what the script prints, what is before its first NUL byte, or after it; all of it by default. */
  part?: 'before NUL' | 'after NUL'
}

/** What the targets answered. Each method throws `observe` when that part could not be read: never "absent". */
export interface Answers {
  /** Standard output of a probe that ended with 0, as UTF-8. */
  text(probe: string): string
  bytes(probe: string): Buffer
  /** Every object of a kind, in all namespaces. */
  items(kind: Kind): readonly KubeObject[]
  /** Whether the API has the kind at all, which only an optional one may lack. */
  serves(kind: Kind): boolean
}

/** The lines that a probe printed, each in its fields. */
export const rowsOf = (answers: Pick<Answers, 'text'>, probe: string, between: string): string[][] =>
  answers
    .text(probe)
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(between))

/** Something of ours that no resource wants any more, with the change that takes it away. */
export interface Stray {
  id: string
  belongs: Belongs
  /** What it lets somebody do, for the recap when it stays. */
  access?: string
  change: Change
}

export interface View<W, H> {
  /** What is there for one wanted thing; undefined means certainly absent. */
  find(want: W): H | undefined
  strays?: readonly Stray[]
}

/** How to look, as data: probes of a host or kinds of a cluster, and a reader of the answers. */
export interface Question<W, H> {
  probes?: readonly Probe[]
  kinds?: readonly Kind[]
  /** Programs that its probes and steps run on a machine, beside those of every look. */
  programs?: readonly string[]
  read(answers: Answers): View<W, H>
}

/** A way to take the same step for many resources of a machine at once, in few processes. */
export interface AtOnce {
  /** What people call it. */
  title: string
  /** Fewer are done one by one. */
  least: number
  /**
   * Finds as `$1`, one a line, the items of those whose needs are met, does it for all of these, and prints the names
   * of those that are done, one a line. For whatever it does not name the step's own script is run. What comes before
   * the step in the same change may not have been done: it sees for itself.
   */
  script: Script
}

/** The part of one resource in that, and the name that is printed once it is done. */
export interface Item {
  by: AtOnce
  name: string
  item: string
}

/** Runs a script as root. */
export interface RunStep {
  do: 'run'
  script: Script
  among?: Item
}

/** How to change, as data: it can be printed, tested and saved; secrets stay sealed in it. */
export type Step =
  | RunStep
  /** `from` is a local path or an https URL. */
  | { do: 'upload'; from: string; sha256: string; to: string }
  | { do: 'apply' | 'replace' | 'create'; kind: Kind; object: KubeObject }
  /** `grace`: in how many seconds a pod ends, when not in those that it says itself. */
  | { do: 'delete'; ref: ObjectRef & { uid: string; resourceVersion?: string }; grace?: number }
  /** Nothing is written: only wait until the object is settled. */
  | { do: 'await'; object: KubeObject }
  /** Nothing is written: only wait until the object is gone. */
  | { do: 'vanish'; ref: ObjectRef & { uid: string } }

export interface FieldDiff {
  field: string
  /** undefined: not there. */
  from?: Json | Secret | undefined
  to?: Json | Secret | undefined
}

export type Op = 'keep' | 'create' | 'adopt' | 'update' | 'remove' | 'refuse'

export interface Change {
  op: Op
  diffs: readonly FieldDiff[]
  steps: readonly Step[]
  /** Why it is removed or refused, in words. */
  reason?: string
  /** The hand steps or the next step after a refusal. */
  hint?: string
  /** What the admin should know although nothing is wrong with the change itself. */
  warnings?: readonly string[]
  /** Keys of resources whose values are filled in when the steps are performed. */
  after?: readonly string[]
  /** Made whenever it is asked for, so that looking again would find it to do: a new password. */
  once?: true
  /** The account has no password and gets none: told once for all in the recap. */
  noPassword?: true
  /** How long the credential lasts that stays in place. */
  lasts?: Lifetime
  /** What it changes that other machines may have too, equal on all that have it: they take turns. */
  place?: string | undefined
  /** The namespace that it deletes with all that is in it. */
  empties?: string
  /** What stays on the same target and lets nobody in from then on, such as `linux-user/bob`. */
  shuts?: string
}

export const KEEP: Change = { op: 'keep', diffs: [], steps: [] }

/** Keeps what is there, and tells what the admin should know of it, if anything. */
export const keeping = (warnings: readonly string[]): Change =>
  warnings.length === 0 ? KEEP : { ...KEEP, warnings }

/** Refuses with the reason and what the admin does by hand. */
export const refuse = (reason: string, hint: string, diffs: readonly FieldDiff[] = []): Change => ({
  op: 'refuse',
  diffs,
  steps: [],
  reason,
  hint,
})

/** A value that another resource has, or will have once its planned change is made. */
export type Found<V> =
  | { state: 'known'; value: V }
  | { state: 'later'; after: string; value: () => Promise<V> }

/** What a plan may ask besides its own observation. */
export interface Look {
  /** The inventory's name: the mark of what is ours. */
  owner: string
  belongs: Belongs
  /** When the run began, in seconds since 1970. */
  now: number
  /** The value of another resource, by its key. */
  value<V>(key: string): Found<V>
  /** A new token, which is asked for once in a run, when the first step that holds it is performed. */
  issue(token: BoundToken): Secret
  serves: Serves
}

/** The same for all resources of a run. */
export type Looking = Omit<Look, 'belongs'>

/** Whether the API has a resource, such as `tfjobs.kubeflow.org`; false also where the server does not tell. */
export type Serves = (resource: string) => boolean

/** What becomes of a written object. */
export interface Live<W, V> {
  kind: Kind
  /** The object that is wanted, without labels of ours, where the want alone says it. */
  manifest?(want: W): Manifest
  /** Whether the cluster's controllers have done their part; otherwise what is awaited. */
  settled(want: W, object: KubeObject): true | string
  value(want: W, object: KubeObject): V | undefined
}

/**
 * One kind of thing that can be made so: a schema of what is wanted, a question, and a plan. Both functions are
 * pure; the engine asks, performs and verifies.
 */
export interface ResourceType<W = unknown, H = unknown, V = unknown> {
  readonly kind: string
  readonly on: Target['type']
  readonly schema: z.ZodType<W>
  /** A leftover of it is taken away only after the user's new access works. */
  readonly revokedLast?: true
  /** Unique among the wants of this kind on one target. */
  id(want: W): string
  observe(wants: readonly W[], owner: string): Question<W, H>
  plan(want: W, have: H | undefined, look: Look): Change
  /** What others may refer to; undefined while it does not exist. */
  value?(want: W, have: H): V | undefined
  /** For Kubernetes objects: what the run goes on with once the object has been written. */
  readonly live?: Live<W, V>
}

export interface ResourceOptions {
  /** Must be as wanted before this one is touched. */
  needs?: readonly Resource[]
  belongs?: Belongs
}

/** A wanted thing on a target. */
export interface Resource<W = unknown, V = unknown> {
  readonly type: ResourceType<W, unknown, V>
  readonly want: W
  readonly on: Target
  /** `kind/id`, as printed. */
  readonly id: string
  /** Unique in a run: the target's name and the id. */
  readonly key: string
  readonly needs: readonly Resource[]
  readonly belongs: Belongs
  /** Title of the step that shows it. */
  step: string
}

export interface ResourceFactory<I, W, V> {
  (on: Target, want: I, options?: ResourceOptions): Resource<W, V>
  readonly type: ResourceType<W, unknown, V>
}

/**
 * Makes the function that a playbook calls to want one: it checks the want against the schema, once where the same
 * object is wanted on several targets.
 */
export const resourceType = <S extends z.ZodType, H, V = unknown>(
  definition: Omit<ResourceType<z.output<S>, H, V>, 'schema'> & { schema: S },
): ResourceFactory<z.input<S>, z.output<S>, V> => {
  const type = definition as ResourceType<z.output<S>, unknown, V>
  const once = onceFor<{ want: z.output<S>; id: string }>()
  const checked = (on: Target, want: z.input<S>) => {
    const parsed = definition.schema.safeParse(want)
    if (!parsed.success) throw invalidWant(definition.kind, on, parsed.error)
    return { want: parsed.data, id: `${definition.kind}/${type.id(parsed.data)}` }
  }
  const factory = (on: Target, want: z.input<S>, { needs = [], belongs = {} }: ResourceOptions = {}) => {
    const one = once(want as object, () => checked(on, want))
    if (on.type !== definition.on)
      throw new AutomationError({
        code: 'playbook',
        subject: `${definition.kind} on ${on.name}`,
        message: `needs a ${definition.on}`,
      })
    return { type, ...one, on, key: keyOf(on, one.id), needs, belongs, step: '' }
  }
  return Object.assign(factory, { type })
}

/**
 * The same for what changes nothing and tells what is amiss in the cluster. `unread` begins what is told where that
 * cannot be read; without it nothing is.
 */
export const tellingType = <S extends z.ZodType>({
  kinds,
  tell,
  unread,
  ...definition
}: Pick<ResourceType<z.output<S>>, 'kind' | 'id'> & {
  schema: S
  kinds: readonly Kind[]
  tell(want: z.output<S>, items: Answers['items']): readonly string[]
  unread?: string
}) =>
  resourceType<S, readonly string[] | AutomationError>({
    ...definition,
    on: 'cluster',
    observe: () => ({
      kinds,
      read: ({ items }) => ({ find: (want) => orUnread(() => tell(want, items)) }),
    }),
    plan(_, told = []) {
      if (!(told instanceof AutomationError)) return keeping(told)
      return keeping(unread === undefined ? [] : [`${unread} is not known: ${told.message}`])
    },
  })

export const keyOf = (on: Target, id: string): string => `${on.name}:${id}`

const invalidWant = (kind: string, on: Target, error: z.ZodError): AutomationError =>
  new AutomationError({
    code: 'playbook',
    subject: `${kind} on ${on.name}`,
    message: error.issues.map(({ path, message }) => `${path.join('.') || 'value'}: ${message}`).join('; '),
    hint: 'the playbook wants something its task does not take',
    cause: error,
  })
