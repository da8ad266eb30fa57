// Forbidden things that go into one pod, so that one request tells of all of them where it is taken.
import type { ForbiddenThing } from './forbidden-pods.ts'
import type { PodSpec } from './workloads.ts'

/** A pod with several forbidden things. */
export interface Bundle {
  readonly spec: PodSpec
  readonly annotations: Readonly<Record<string, string>>
  /** What the pod has of each. */
  readonly parts: ReadonlyMap<ForbiddenThing, PodSpec>
}

/** As few pods as hold all things that may be tried beside others; a thing that shares its pod with none has none. */
export const bundlesOf = (things: readonly ForbiddenThing[]): Bundle[] => {
  const bundles: Bundle[] = []
  for (const [index, thing] of things.filter(({ alone }) => alone !== true).entries()) {
    const part = renamed(thing.spec, `verify-${index}`)
    const { annotations = {} } = thing
    const grown = bundles.map((bundle) => joined(bundle, thing, part))
    const fits = grown.findIndex((one) => one !== undefined)
    if (fits >= 0) bundles[fits] = grown[fits]!
    else bundles.push({ spec: part, annotations, parts: new Map([[thing, part]]) })
  }
  return bundles.filter(({ parts }) => parts.size > 1)
}

const joined = (bundle: Bundle, thing: ForbiddenThing, part: PodSpec): Bundle | undefined => {
  const spec = union(bundle.spec, part)
  const annotations = union(bundle.annotations, thing.annotations ?? {})
  return spec === undefined || annotations === undefined
    ? undefined
    : { spec, annotations, parts: new Map([...bundle.parts, [thing, part]]) }
}

/** The pod with its volume called otherwise. */
const renamed = ({ volumes, containers, ...others }: PodSpec, name: string): PodSpec => ({
  ...others,
  ...(volumes !== undefined && { volumes: (volumes as object[]).map((volume) => ({ ...volume, name })) }),
  containers: containers.map(({ volumeMounts, ...container }) => ({
    ...container,
    ...(volumeMounts !== undefined && { volumeMounts: [{ name, mountPath: `/${name}` }] }),
  })) as PodSpec['containers'],
})

/** All that two values say; undefined where they contradict each other. What is named in lists is one by its name. */
const union = <T>(a: T, b: T): T | undefined => {
  if (Array.isArray(a) && Array.isArray(b)) return listed(a, b) as T | undefined
  if (!isObject(a) || !isObject(b) || Array.isArray(a) || Array.isArray(b)) return a === b ? a : undefined
  const all = new Map<string, unknown>(Object.entries(a))
  for (const [key, value] of Object.entries(b)) {
    const both = all.has(key) ? union(all.get(key), value) : value
    if (both === undefined) return undefined
    all.set(key, both)
  }
  return Object.fromEntries(all) as T
}

const listed = (a: readonly unknown[], b: readonly unknown[]): unknown[] | undefined => {
  const all = [...a]
  for (const one of b) {
    const same = all.findIndex((other) => keyOf(other) === keyOf(one))
    const both = same < 0 ? one : union(all[same], one)
    if (both === undefined) return undefined
    if (same < 0) all.push(one)
    else all[same] = both
  }
  return all
}

const keyOf = (one: unknown): unknown =>
  isObject(one) ? ('name' in one ? one['name'] : JSON.stringify(one)) : one

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
