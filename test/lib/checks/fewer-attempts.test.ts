import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { answered } from '../../../lib/audit/answered.ts'
import { Asker } from '../../../lib/audit/ask.ts'
import type { Finding, KubeObject, Scene } from '../../../lib/check.ts'
import { Secret } from '../../../lib/check.ts'
import { attempts } from '../../../lib/checks/attempts.ts'
import { forbiddenThings } from '../../../lib/checks/forbidden-pods.ts'
import { bears, carries } from '../../../lib/checks/workloads.ts'
import type { Inquiry, KubeConnection, Reply } from '../../../lib/connect/connection.ts'
import verify from '../../../playbooks/verify.ts'
import { suite } from '../../support/suite.ts'
import { tenantsOf, tenantsScene } from '../../support/tenants.ts'

const it = suite('fewer attempts')

/** Refuses, or changes, objects in which its pattern is found. */
interface Rule {
  pattern: RegExp | ((object: KubeObject) => boolean)
  /** Where it holds. */
  namespaces: readonly string[]
  kinds: readonly string[]
  does: 'policy' | 'pod-security' | 'invalid' | 'quota' | 'takes out'
}

const WORDS = {
  policy: [422, "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no"],
  'pod-security': [403, 'violates PodSecurity "baseline:latest": no'],
  invalid: [422, 'is invalid: spec: Forbidden: no'],
  quota: [403, 'exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1'],
} as const

const NO_RULES = { incomplete: false, resourceRules: [], nonResourceRules: [] }
const UNANSWERED: Reply = { status: 500, body: 'asked for something else' }

/** An API server that only knows these rules; bare pods are the admin's. */
const served =
  (rules: readonly Rule[], asked: Set<string>) =>
  (inquiry: Inquiry): Reply => {
    const { method, path, body, token } = inquiry
    asked.add(JSON.stringify([method, path, body, token === undefined ? '' : `${token}`]))
    if (path.endsWith('selfsubjectrulesreviews')) return { status: 201, body: { status: NO_RULES } }
    if (path.endsWith('subjectaccessreviews')) return { status: 201, body: { status: { allowed: false } } }
    if (method !== 'POST') return UNANSWERED
    const { kind, metadata } = body as { kind: string; metadata: { namespace: string } }
    if (kind === 'Pod' && token !== undefined)
      return { status: 403, body: { message: 'User "x" cannot create resource "pods"' } }
    let text = JSON.stringify(body)
    for (const { pattern, namespaces, kinds, does } of rules) {
      if (!namespaces.includes(metadata.namespace) || !kinds.includes(kind)) continue
      const isMet = typeof pattern === 'function' ? pattern(JSON.parse(text)) : pattern.test(text)
      if (!isMet) continue
      if (does === 'takes out')
        text = text.replaceAll(new RegExp(pattern as RegExp, 'g'), (it) =>
          it.includes(':') ? '"other":"x"' : '"x"',
        )
      else {
        const [status, message] = WORDS[does]
        return { status, body: { message: `"verify-attempt" is forbidden: ${message}` } }
      }
    }
    return { status: 201, body: JSON.parse(text) as KubeObject }
  }

/** Every thing that is tried of every subject, with the verdict, and how many requests it took. */
const looked = async (scene: Scene, rules: readonly Rule[], checks = attempts) => {
  const asked = new Set<string>()
  const answer = served(rules, asked)
  const asker = new Asker({
    connection: { inquire: async (inquiry: Inquiry) => answer(inquiry) } as unknown as KubeConnection,
    tokenOf: (user) => new Secret(user, user),
    ownTokenOf: (user) => new Secret(user, user),
    signal: new AbortController().signal,
    onAnswer() {},
  })
  const verdicts = new Map<string, Finding['verdict']>()
  const note = (check: string, { subjects, thing = '', verdict }: Finding): void => {
    for (const subject of subjects) verdicts.set(`${check} ${subject}: ${thing}`, verdict)
  }
  await Promise.all(
    checks.flatMap(({ id, trials }) =>
      [...trials(scene)].map(async (trial) => {
        if (trial.ask === undefined) return note(id, trial)
        const found = await answered(trial, asker).catch(() => [])
        for (const finding of [found].flat() as Finding[]) note(id, finding)
      }),
    ),
  )
  return { verdicts, requests: asked.size }
}

/** More of them by hand, where this is changed. */
const RUNS = 12

const JOBS = ['Deployment', 'Job', 'TFJob']
const GROUPS = ['g0', 'g1', 'g2']

const PATTERNS = [
  /"hostPath":\{[^}]*\}/,
  /"hostNetwork":true/,
  /"privileged":true/,
  /"SYS_ADMIN"/,
  /"nfs":\{[^}]*\}/,
  /"imagePullPolicy":"Never"/,
  /"imagePullPolicy":"IfNotPresent"/,
  /"serviceAccountName":"u\d"/,
  /"nodeName":"worker01"/,
  /"runAsUser":0/,
  /"verify\.example\/add-on":"more"/,
  /"schedulerName":"verify"/,
  /"priorityClassName":"system-cluster-critical"/,
]

/** Two things that are taken one by one. */
const NOT_BOTH: Rule = {
  pattern: /"hostPID":true.*"hostPath"|"hostPath".*"hostPID":true/,
  namespaces: GROUPS,
  kinds: ['Pod', ...JOBS],
  does: 'invalid',
}

const rule: fc.Arbitrary<Rule> = fc.record({
  pattern: fc.constantFrom(...PATTERNS),
  namespaces: fc.subarray(GROUPS, { minLength: 1 }),
  kinds: fc.subarray(['Pod', ...JOBS], { minLength: 1 }),
  does: fc.constantFrom('policy', 'pod-security', 'invalid', 'quota', 'takes out'),
})

/** Where the pod is refused, it does not matter that one kind of job that would make it finds no room. */
const NO_ROOM_FOR_ONE_KIND: Rule[] = [
  { pattern: /"schedulerName":"verify"/, namespaces: ['g1'], kinds: ['Job'], does: 'quota' },
  { pattern: /"schedulerName":"verify"/, namespaces: ['g1'], kinds: ['Pod', 'TFJob'], does: 'policy' },
]

for (const isolation of ['document', 'strict'] as const)
  it(`find in isolation ${isolation} what trying each thing by itself in every way finds`, () => {
    const inventory = tenantsOf(3, 3, isolation)
    const scenes = [false, true].map((exhaustive) => tenantsScene(inventory, { exhaustive }))
    const rules = fc.array(fc.oneof(rule, fc.constant(NOT_BOTH)), { maxLength: 12 })
    return fc.assert(
      fc.asyncProperty(rules, async (some) => {
        const [few, all] = await Promise.all(scenes.map((scene) => looked(scene, some)))
        assert.equal([...few!.verdicts].toSorted(), [...all!.verdicts].toSorted())
      }),
      { numRuns: RUNS, examples: [[NO_ROOM_FOR_ONE_KIND]] },
    )
  })

const promised = forbiddenThings({
  nas: { server: 'nas.example', path: '/' },
  inlineCsi: { driver: 'csi.example', volumeAttributes: {} },
  accounts: [],
  node: 'worker01',
  neighbour: 'g1',
  pods: {},
  verifiesImages: true,
}).filter(({ unpromised }) => unpromised === undefined)

/** What strict refuses; the last are called otherwise in each group. */
const isForbidden = (object: KubeObject): boolean =>
  promised.some(({ spec, annotations = {} }) => carries(object, spec) && bears(object, annotations)) ||
  /"(serviceAccountName|nfs|flexVolume|csi|namespaces|tolerations)":/.test(JSON.stringify(object))

const STRICT: Rule = {
  pattern: isForbidden,
  namespaces: Array.from({ length: 10 }, (_, index) => `g${index}`),
  kinds: ['Pod', ...JOBS],
  does: 'policy',
}

for (const [isolation, rules, most] of [
  ['document', [], 1_300],
  ['strict', [STRICT], 1_500],
] as const)
  it(`ask fewer than ${most} questions of 80 users in 10 groups in isolation ${isolation}`, async () => {
    const scene = tenantsScene(tenantsOf(80, 10, isolation))
    const checks = (verify as unknown as { checks: typeof attempts }).checks
    const { requests } = await looked(scene, rules, checks)
    assert.ok(requests <= most, `${requests}`)
  })

it.run()
