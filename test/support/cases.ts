import { spawnSync } from 'node:child_process'
import { inspect } from 'node:util'
import * as assert from 'uvu/assert'
import { AutomationError } from '../../lib/base/errors.ts'
import { Secret } from '../../lib/base/secret.ts'
import type { Kind, KubeObject } from '../../lib/kube/object.ts'
import type {
  Answers,
  Belongs,
  Change,
  Look,
  Op,
  Question,
  Resource,
  ResourceFactory,
  Step,
  View,
} from '../../lib/resource/type.ts'
import { type Suite, suite } from './suite.ts'

/**
 * What a host answered, by the id of the probe: its output, or `null` where it failed. A probe that is left out
 * printed nothing.
 */
export type Printed = Readonly<Record<string, string | Buffer | null>>

export interface Case<I> {
  want: I
  /** What is there: what the probes of a host printed, or the objects of a cluster. By default nothing. */
  have?: Printed | readonly KubeObject[]
  /** Kinds that the API does not have. */
  lacks?: readonly Kind[]
  /** What it does have besides, such as `tfjobs.kubeflow.org`. */
  serves?: readonly string[]
  /** What else of the cluster is there once the plan was carried out. */
  later?: readonly KubeObject[]
  /** Other things of the kind that are wanted on the same target. */
  beside?: readonly I[]
  belongs?: Belongs
  /** What other resources have to offer, by their key; what is not here comes later in the run. */
  values?: Readonly<Record<string, unknown>>
  op?: Op
  /** The fields that differ. */
  why?: readonly string[]
  /** Fragments of what is run or sent, in this order. */
  does?: readonly string[]
  /** Fragments of which nothing is run or sent. */
  doesNot?: readonly string[]
  /** Names, paths, numbers and commands in reason, hint and warnings; none where there is nothing to tell. */
  names?: readonly string[]
  /** What is still there although nobody wants it, and what would become of it. */
  strays?: Readonly<Record<string, Op>>
  /** What the error says when nothing can be planned. */
  throws?: RegExp
}

/** The inventory in whose name the cases are planned, and the time by which they are: 24 November 2026. */
export const OWNER = 'prod'
export const NOW = Date.UTC(2026, 10, 24) / 1000

const CANARY = 'canary'

/** A secret whose value must not turn up in anything that is planned. */
export const secret = (name: string): Secret => new Secret(name, `${CANARY}-${name}`)

/** A text that stands for a credential on a host, with the same rule. */
export const canary = (name: string): string => `${CANARY}-${name}`

/**
 * A suite with one test for each case: what is wanted, what is there, and what is planned. Besides what a case
 * says, every plan must be the same when made again, show no secret, change something exactly when it says so, run
 * only what a shell can parse, and leave nothing to do in a cluster once it was made.
 */
export const cases = <I, W, V>(
  factory: ResourceFactory<I, W, V>,
  table: Readonly<Record<string, Case<I>>>,
): Suite => {
  const it = suite(factory.type.kind)
  for (const [sentence, one] of Object.entries(table))
    it(sentence, () => {
      if (one.throws !== undefined) {
        assert.throws(() => new Trial(factory, one).plan(), one.throws)
        return
      }
      const trial = new Trial(factory, one)
      const change = trial.plan()
      checkCase(one, change)
      checkStrays(one, trial.view)
      checkLaws(change)
      assert.is(JSON.stringify(trial.plan()), JSON.stringify(change), 'the same again')
      trial.checkScripts(change)
      if (trial.isCluster) trial.checkMade(change, one.later)
    })
  return it
}

class Trial<I, W, V> {
  readonly #resource: Resource<W, V>
  readonly #question: Question<W, unknown>
  readonly #look: Look
  readonly #have: Printed | readonly KubeObject[]
  readonly #lacks: readonly Kind[]

  constructor(
    factory: ResourceFactory<I, W, V>,
    { want, have, lacks = [], serves = [], beside = [], belongs = {}, values = {} }: Case<I>,
  ) {
    const on = { type: factory.type.on, name: 'here' }
    this.#resource = factory(on, want, { belongs })
    const wants = [this.#resource.want, ...beside.map((other) => factory(on, other).want)]
    this.#question = factory.type.observe(wants, OWNER)
    this.#lacks = lacks
    this.#have = have ?? (factory.type.on === 'cluster' ? [] : {})
    this.#look = {
      owner: OWNER,
      belongs,
      now: NOW,
      issue: ({ anchor }) => secret(`token for ${anchor.name}`),
      serves: (resource) => serves.includes(resource),
      value: (key) =>
        key in values
          ? { state: 'known', value: values[key] as never }
          : { state: 'later', after: key, value: () => new Promise(() => {}) },
    }
  }

  get isCluster(): boolean {
    return this.#resource.on.type === 'cluster'
  }

  get view(): View<W, unknown> {
    return this.#question.read(this.#answers(this.#have))
  }

  plan(have = this.#have): Change {
    const { type, want } = this.#resource
    const found = this.#question.read(this.#answers(have)).find(want)
    return type.plan(want, found, this.#look)
  }

  /** Probes and steps are texts for a shell: a quote that is not closed shows here and not on a host. */
  checkScripts({ steps }: Change): void {
    const scripts = [
      ...(this.#question.probes ?? []).map(({ script }) => script),
      ...steps.flatMap((step) => (step.do === 'run' ? [step.script] : [])),
    ]
    for (const script of scripts) {
      const input = script.parts.map((part) => (part instanceof Secret ? "'…'" : part)).join('')
      const { status, stderr } = spawnSync('sh', ['-n'], { input, encoding: 'utf8' })
      assert.is(status, 0, `${stderr}\n${input}`)
    }
  }

  /** A server stores what it was sent; looking at that must find nothing more to do. */
  checkMade({ steps }: Change, later: readonly KubeObject[] = []): void {
    const made = steps.flatMap((step) => ('object' in step ? [step.object] : []))
    if (made.length === 0) return
    const live = made.map((object) => ({ ...object, metadata: { ...object.metadata, uid: 'made' } }))
    const others = (this.#have as readonly KubeObject[]).filter(
      (object) => !made.some((one) => isSame(one, object)),
    )
    const again = this.plan([...live, ...later, ...others] as KubeObject[])
    assert.equal(
      again.diffs.filter(({ field }) => !field.startsWith('status')),
      [],
      'nothing more to do',
    )
  }

  #answers(have: Printed | readonly KubeObject[]): Answers {
    const bytes = (probe: string): Buffer => {
      const asked = this.#question.probes?.some(({ id }) => id === probe)
      assert.ok(asked, `reads the answer of ${probe}, which it does not ask`)
      const printed = (have as Printed)[probe] ?? (probe in have ? null : '')
      if (printed === null)
        throw new AutomationError({ code: 'observe', subject: probe, message: 'could not be read' })
      return Buffer.from(printed)
    }
    return {
      bytes,
      text: (probe) => bytes(probe).toString('utf8'),
      items: ({ apiVersion, kind, fieldSelector }: Kind) =>
        (have as readonly KubeObject[]).filter(
          (item) =>
            item.apiVersion === apiVersion &&
            item.kind === kind &&
            (fieldSelector === undefined || fieldSelector === `type=${item['type']}`),
        ),
      serves: ({ apiVersion, kind }: Kind) =>
        !this.#lacks.some((one) => one.apiVersion === apiVersion && one.kind === kind),
    }
  }
}

const isSame = (one: KubeObject, other: KubeObject): boolean =>
  one.kind === other.kind &&
  one.metadata.name === other.metadata.name &&
  one.metadata.namespace === other.metadata.namespace

const checkCase = <I>({ op, why, does = [], doesNot = [], names }: Case<I>, change: Change): void => {
  assert.is(change.op, op ?? 'keep', inspect(change, { depth: 5 }))
  if (why !== undefined)
    assert.equal(
      change.diffs.map(({ field }) => field),
      [...why],
    )
  let rest = change.steps
    .map((step) => (step.do === 'run' ? String(step.script) : JSON.stringify(sent(step))))
    .join('\n')
  for (const fragment of doesNot) assert.not(rest.includes(fragment), `does ${fragment} in\n${rest}`)
  for (const fragment of does) {
    assert.ok(rest.includes(fragment), `does ${fragment} in\n${rest}`)
    rest = rest.slice(rest.indexOf(fragment) + fragment.length)
  }
  const words = [change.reason, change.hint, ...(change.warnings ?? [])].filter(Boolean).join('\n')
  if (names?.length === 0) assert.is(words, '')
  for (const fragment of names ?? []) {
    assert.not.match(fragment, PROSE)
    assert.ok(words.includes(fragment), `names ${fragment} in\n${words}`)
  }
}

/** Words that no name, path or command has, so that what people are told may be put otherwise. */
const PROSE = /\b(?:is|are|has|the|of|not|no|cannot|could|there|which|belongs)\b/

/** What is written says itself of which kind it is. */
const sent = (step: Step): object => ('object' in step ? { do: step.do, object: step.object } : step)

const checkStrays = <I, W>({ strays }: Case<I>, view: View<W, unknown>): void => {
  if (strays === undefined) return
  const found = view.strays ?? []
  assert.equal(Object.fromEntries(found.map(({ id, change }) => [id, change.op])), { ...strays })
  for (const { change } of found) checkLaws(change)
}

const checkLaws = (change: Change): void => {
  const { op, diffs, steps, reason, hint } = change
  assert.is(steps.length > 0, op !== 'keep' && op !== 'refuse', `${op} with ${steps.length} steps`)
  if (op === 'keep') assert.equal(diffs, [])
  if (op === 'update' || op === 'adopt') assert.ok(diffs.length > 0, `${op} without a field that differs`)
  assert.not.equal(
    change.warnings,
    [],
    'a list of warnings that says nothing has the plan show what is unchanged',
  )
  if (op === 'refuse') assert.ok(reason && hint, 'a refusal says why and what to do')
  for (const step of steps)
    if ('kind' in step)
      assert.equal([step.object.apiVersion, step.object.kind], [step.kind.apiVersion, step.kind.kind])
  for (const text of [
    JSON.stringify(change),
    inspect(change, { depth: 20, showHidden: true }),
    ...steps.map(String),
  ])
    assert.not.match(text, CANARY)
}
