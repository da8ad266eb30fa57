import type * as z from 'zod'
import { defined } from '../base/defined.ts'
import { onceFor } from '../base/once-for.ts'
import {
  GROUP_LABEL,
  isOwnedBy,
  OWNER_LABEL,
  USER_LABEL,
  userInLabel,
  userLabel,
} from '../conventions/labels.ts'
import { type Json, type Kind, type KubeObject, type Metadata, objectId } from '../kube/object.ts'
import { holdingOf } from '../kube/terminating.ts'
import { differences, merged, type Shape, within, withoutNulls } from './difference.ts'
import {
  type Belongs,
  type Change,
  type FieldDiff,
  KEEP,
  keeping,
  type Look,
  type Manifest,
  type ResourceFactory,
  refuse,
  resourceType,
  type Serves,
  type Step,
  type Stray,
} from './type.ts'

/** Everything new bears our labels; that needs no line in a plan. */
const OURS = 'metadata.labels.arena-playbooks/'
/** By it a later `kubectl apply` takes away what its own file no longer says, though it is ours by then. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

export interface ObjectDefinition<S extends z.ZodType, V> extends Shape {
  /** Name of the resource type, e.g. `resource-quota`. */
  name: string
  kind: Kind
  schema: S
  build(want: z.output<S>): Manifest
  /** Fields that the API does not let change: top-level ones to recreate with, others to refuse with the hand steps. */
  recreate?: readonly string[]
  immutable?: { fields: readonly string[]; hint(want: z.output<S>, live: KubeObject): string }
  /** Whether the cluster's controllers have done their part; otherwise what is awaited. */
  settled?(want: z.output<S>, live: KubeObject): true | string
  /** What users meet for a while although the object is as wanted; told in the plan. */
  warns?(want: z.output<S>, live: KubeObject, serves: Serves): string | undefined
  value?(want: z.output<S>, live: KubeObject): V | undefined
  /** What else is wrong with the live object and how a PUT would mend it. */
  mend?(want: z.output<S>, live: KubeObject): { diffs: readonly FieldDiff[]; want: Json } | undefined
  /** What a leftover of this kind lets somebody do, if it does. */
  access?: string | ((live: KubeObject) => string | undefined)
  /** The cluster writes its status whenever anything happens: a leftover is deleted whatever its version is by then. */
  restless?: true
  /** A leftover goes only after the user's new access works. */
  revokedLast?: true
  /** What remains after a leftover of it is gone, and how to see it. */
  farewell?(live: KubeObject): string
  /** A leftover is never deleted, only named, since data depends on it: how the admin takes it away. */
  protect?(live: KubeObject): string
  /**
   * The kind is optional, and where the API does not have it nothing of it is wanted: what that means, if it is to be
   * told.
   */
  whereServed?(want: z.output<S>): string | undefined
  /** Key of a resource that has the same: once that is as wanted, the object need not be there. */
  insteadOf?(want: z.output<S>): string | undefined
}

/**
 * A resource type for one kind of Kubernetes object. The live object itself is compared with the wanted one, so
 * that a foreign key, an extra rule or an extra subject is found; what differs is applied server-side, or replaced
 * when something has to be taken out, which server-side apply cannot do with fields of others.
 */
export const objectType = <S extends z.ZodType, V = unknown>(
  definition: ObjectDefinition<S, V>,
): ResourceFactory<z.input<S>, z.output<S>, V> => {
  const { name, kind, schema, build } = definition
  const once = onceFor<string>()
  /** Asked several times for each want, which is checked once and never changed. */
  const idOf = (want: z.output<S>): string => once(want as object, () => objectId(build(want).metadata))
  return resourceType<S, KubeObject, V>({
    kind: name,
    on: 'cluster',
    schema,
    id: idOf,
    observe: (wants, owner) => ({
      kinds: [kind],
      read(answers) {
        const items = answers.items(kind)
        const live = new Map(items.map((item) => [objectId(item.metadata), item]))
        const wanted = new Set(wants.map(idOf))
        const served = !definition.whereServed || answers.serves(kind)
        return {
          find: (want) => (served ? live.get(idOf(want)) : NOT_SERVED),
          strays: items
            .filter((item) => isOwnedBy(item.metadata, owner) && !wanted.has(objectId(item.metadata)))
            .map((item) => strayOf(definition, item)),
        }
      },
    }),
    plan: (want, live, look) => plan(definition, want, live, look),
    live: {
      kind,
      manifest: build,
      settled: (want, object) => definition.settled?.(want, object) ?? true,
      value: (want, object) => definition.value?.(want, object),
    },
    ...defined({ value: definition.value, revokedLast: definition.revokedLast }),
  })
}

/** A plan that writes nothing and waits until an object is settled. */
export const waiting = (object: KubeObject, state: string): Change => ({
  op: 'update',
  diffs: [{ field: 'status', from: state, to: 'settled' }],
  steps: [{ do: 'await', object }],
})

/** The labels that mark an object as ours and say for whom it is. */
export const ownership = (owner: string, { user, groups = [] }: Belongs): Record<string, string> => ({
  [OWNER_LABEL]: owner,
  ...(user === undefined ? {} : { [USER_LABEL]: userLabel(user) }),
  ...(groups.length === 1 ? { [GROUP_LABEL]: groups[0]! } : {}),
})

/** Puts the labels of an object on the one that is there and otherwise as wanted; keeps it when it has them. */
export const labelled = (
  kind: Kind,
  object: KubeObject,
  { metadata: { labels: live = {} } }: KubeObject,
): Change => {
  const diffs = Object.entries(object.metadata.labels ?? {})
    .filter(([key, value]) => live[key] !== value)
    .map(([key, to]) => ({ field: `metadata.labels.${key}`, from: live[key], to }))
  if (diffs.length === 0) return KEEP
  return {
    op: live[OWNER_LABEL] === undefined ? 'adopt' : 'update',
    diffs,
    steps: [{ do: 'apply', kind, object }],
  }
}

/** Whose an object is, as its labels say. */
export const belongsOf = ({ labels = {} }: Metadata): Belongs => {
  const user = labels[USER_LABEL]
  const group = labels[GROUP_LABEL]
  return {
    ...(user !== undefined && { user: userInLabel(user) }),
    ...(group !== undefined && { groups: [group] }),
  }
}

const strayOf = <S extends z.ZodType, V>(
  { kind, access, protect, farewell, restless }: ObjectDefinition<S, V>,
  live: KubeObject,
): Stray => {
  const { metadata } = live
  const removal: Change = {
    ...deletion(kind, asSeen(live, restless)),
    ...(farewell && { warnings: [farewell(live)] }),
  }
  return {
    id: objectId(metadata),
    belongs: belongsOf(metadata),
    ...defined({ access: typeof access === 'function' ? access(live) : access }),
    change: stayOf(live, protect) ?? removal,
  }
}

/** What a deletion goes by: of what controllers write all the time, the version says nothing. */
const asSeen = ({ metadata }: KubeObject, restless = false): Metadata => {
  const { resourceVersion: _, ...whatever } = metadata
  return restless ? whatever : metadata
}

/** Why a leftover is not deleted by us, if it is not. */
const stayOf = (
  live: KubeObject,
  protect: ((live: KubeObject) => string) | undefined,
): Change | undefined => {
  if (live.metadata.deletionTimestamp !== undefined) return { ...KEEP, hint: 'it is being deleted' }
  return protect && { ...KEEP, hint: `this playbook never deletes it; ${protect(live)}` }
}

/** Deletes one object as it was seen: same uid, same version. */
export const deletion = (kind: Kind, { name, namespace, uid, resourceVersion }: Metadata): Change => ({
  op: 'remove',
  diffs: [],
  steps: [
    {
      do: 'delete',
      ref: {
        kind,
        name,
        ...defined({ namespace }),
        uid: uid!,
        ...defined({ resourceVersion }),
      },
    },
  ],
})

/** What is found of a kind that the API does not have. */
const NOT_SERVED: KubeObject = { apiVersion: '', kind: '', metadata: { name: '' } }

const plan = <S extends z.ZodType, V>(
  definition: ObjectDefinition<S, V>,
  want: z.output<S>,
  live: KubeObject | undefined,
  { owner, belongs, serves, value }: Look,
): Change => {
  if (live === NOT_SERVED) {
    const told = definition.whereServed?.(want)
    return keeping(told === undefined ? [] : [told])
  }
  const { kind, recreate = [], immutable, mend } = definition
  const other = live?.metadata.labels?.[OWNER_LABEL]
  const adopted = live !== undefined && other === undefined
  const manifest = build(definition, want, ownership(owner, belongs), adopted)
  const instead = definition.insteadOf?.(want)
  if (live === undefined && instead !== undefined && value(instead).state === 'known') return KEEP
  if (live === undefined) {
    const sent = sentOf(manifest)
    return {
      op: 'create',
      diffs: differences(content(sent), undefined, definition).filter(({ field }) => !field.startsWith(OURS)),
      steps: [{ do: 'apply', kind, object: sent }],
    }
  }
  if (live.metadata.deletionTimestamp !== undefined) {
    const { reason, hint } = holdingOf(live)
    return refuse(reason, hint)
  }

  if (other !== undefined && other !== owner)
    return refuse(
      `belongs to the inventory ${JSON.stringify(other)}`,
      `rename it here, or run with that inventory; to take it over, remove its label ${OWNER_LABEL}`,
    )

  const mended = mend?.(want, live)
  const diffs = [...differences(content(manifest), live, definition), ...(mended?.diffs ?? [])]
  if (diffs.length === 0) {
    const state = definition.settled?.(want, live) ?? true
    if (state !== true) return waiting(live, state)
    const warning = definition.warns?.(want, live, serves)
    return keeping(warning === undefined ? [] : [warning])
  }
  const stuck = diffs.filter(({ field, from }) => from !== undefined && within(field, immutable?.fields))
  if (stuck.length > 0) return refuse('differs in what cannot be changed', immutable!.hint(want, live), stuck)

  const sent = sentOf(manifest)
  return {
    op: adopted ? 'adopt' : 'update',
    diffs: adopted
      ? diffs.filter(({ field }) => !field.startsWith(OURS) || field.endsWith(OWNER_LABEL))
      : diffs,
    steps: diffs.some(({ field }) => within(field, recreate))
      ? [...deletion(kind, asSeen(live, definition.restless)).steps, { do: 'create', kind, object: sent }]
      : [change(definition, manifest, sent, live, diffs, mended?.want)],
  }
}

const build = <S extends z.ZodType, V>(
  { kind, build }: ObjectDefinition<S, V>,
  want: z.output<S>,
  labels: Record<string, string>,
  adopted: boolean,
): KubeObject => {
  const { metadata, ...rest } = build(want)
  return {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, ...labels },
      ...(adopted && { annotations: { ...metadata.annotations, [LAST_APPLIED]: null } }),
    } as Metadata,
    ...rest,
  }
}

/** A manifest as it is sent. */
const sentOf = (manifest: KubeObject): KubeObject => withoutNulls(manifest) as KubeObject

/** What is compared: not the kind and the name, by which the live object was found. */
const content = ({ apiVersion: _, kind: __, metadata, ...rest }: KubeObject): Json => {
  const { labels, annotations } = metadata
  return { metadata: defined({ labels, annotations }), ...rest }
}

const change = (
  shape: Shape & { kind: Kind },
  manifest: KubeObject,
  sent: KubeObject,
  live: KubeObject,
  diffs: readonly FieldDiff[],
  mended: Json | undefined,
): Step => {
  const inSet = ({ field }: FieldDiff) => shape.sets?.includes(field) ?? false
  // What is whole may be a list that server-side apply merges by key and takes nothing out of.
  const applies = (diff: FieldDiff) =>
    inSet(diff) || (diff.to !== undefined && !within(diff.field, shape.whole))
  if (mended === undefined && diffs.every(applies)) return { do: 'apply', kind: shape.kind, object: sent }
  const { managedFields: _, ...metadata } = live.metadata
  const base = { ...live, metadata }
  const object = merged(manifest, base, shape)
  const whole = mended === undefined ? object : merged(mended, object, shape)
  return { do: 'replace', kind: shape.kind, object: whole as KubeObject }
}
