import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { quote } from '../../../lib/base/shell.ts'
import { attributesOf, type Deed } from '../../../lib/check.ts'
import { asTheUser } from '../../../lib/checks/as-the-user.ts'
import { askedByUser, IN_FULL, IN_SHORT, MASTERY } from '../../../lib/checks/rights/decisive.ts'
import { readEachUser } from '../../../lib/linux/each-user.ts'
import { answersWith } from '../../support/answers.ts'
import { eachPrinted, findingsOf, INVENTORY, sceneOf } from '../../support/scene.ts'
import { shells } from '../../support/shells.ts'
import { suite } from '../../support/suite.ts'

const it = suite('checks/as-the-user')

const [whoami, rights] = asTheUser as [(typeof asTheUser)[number], (typeof asTheUser)[number]]

const identity = (name: string, namespace: string): string => {
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated']
  const username = `system:serviceaccount:${namespace}:${name}`
  return `${JSON.stringify({ userInfo: { groups, uid: 'x', username } })}\n`
}

type Ended = Parameters<typeof eachPrinted>[0]

const who = (of: Ended): string[] => findingsOf(whoami, sceneOf({ 'as the user': eachPrinted(of) }))

const TOM = 'pass tom on client01'

it('each has an identity of their own', () => {
  assert.equal(who({ bob: identity('bob', 'dev1'), tom: identity('tom', 'dev2') }), [
    TOM.replace('tom', 'bob'),
    TOM,
  ])
})

it('a token of somebody else is found, and one group more', () => {
  const tom = identity('tom', 'dev2')
  assert.is(
    who({ bob: tom, tom })[0]!,
    'fail bob on client01: system:serviceaccount:dev2:tom in system:serviceaccounts, ' +
      'system:serviceaccounts:dev2, system:authenticated → run setup',
  )
  const more = identity('bob', 'dev1').replace(
    '"system:authenticated"',
    '"system:authenticated","system:masters"',
  )
  assert.is(
    who({ bob: more, tom })[0]!,
    'fail bob on client01: system:serviceaccount:dev1:bob in system:serviceaccounts, ' +
      'system:serviceaccounts:dev1, system:authenticated, system:masters → run setup',
  )
})

for (const [sentence, stderr, expected] of [
  [
    'a dead token fails',
    'error: unable to recognize "STDIN": the server has asked for the client to provide credentials',
    /^fail bob on client01 → run setup$/,
  ],
  [
    'a server that is not reached says nothing',
    'error: unable to recognize "STDIN": Get "https://10.0.0.91:6443/api": dial tcp 10.0.0.91:6443: ' +
      'connect: connection refused',
    /^unknown bob on client01 .*10\.0\.0\.91:6443/,
  ],
  [
    'another authority fails',
    'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    /^fail .*: tls: .* → run setup$/,
  ],
  [
    'a context that is not there fails',
    'error: context "dev1" does not exist',
    /^fail .*: error: context "dev1" does not exist → run setup$/,
  ],
  [
    'an old server is told',
    'error: resource mapping not found: no matches for kind "SelfSubjectReview"',
    /^untested .*1\.28/,
  ],
] as const)
  it(sentence, () => {
    assert.match(who({ bob: { code: 1, stderr }, tom: identity('tom', 'dev2') })[0]!, expected)
  })

it('what took too long says nothing, and neither does what was not tried after it', () => {
  assert.equal(who({ bob: { code: 124, stderr: '' } }), [
    'unknown bob on client01',
    'unknown tom on client01',
  ])
})

const NAMESPACES = ['dev1', 'dev2', 'kube-system', 'default']

const served = [
  { group: '', resource: 'pods', namespaced: true },
  { group: '', resource: 'pods', subresource: 'log', namespaced: true },
  { group: '', resource: 'pods', subresource: 'exec', namespaced: true },
  { group: 'kubeflow.org', resource: 'tfjobs', namespaced: true },
] as const

/** What a member may do of what is asked. */
const isWork = ({ verb, resource, subresource, namespace }: Deed, own: string): boolean =>
  namespace === own &&
  ['list pods', 'get pods/log', 'create pods/exec', 'list tfjobs', 'create tfjobs', 'delete tfjobs'].includes(
    `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`,
  )

const answer = (status: object): string => `${JSON.stringify(status)}\n`

/** That nobody is master of the cluster comes before everything else. */
const NO_MASTERY = MASTERY.map(() => answer({ allowed: false })).join('')

type Except = (deed: Deed, right: boolean) => boolean

/** Answers to each right by itself. */
const oneByOne = (own: string, except: Except = (_, right) => right): string =>
  askedByUser(IN_FULL, [own], NAMESPACES)
    .map((deed) => answer({ allowed: except(deed, isWork(deed, own)) }))
    .join('')

const RULES = [
  { verbs: ['list'], apiGroups: [''], resources: ['pods'] },
  { verbs: ['get'], apiGroups: [''], resources: ['pods/log'] },
  { verbs: ['create'], apiGroups: [''], resources: ['pods/exec'] },
  { verbs: ['list', 'create', 'delete'], apiGroups: ['kubeflow.org'], resources: ['tfjobs'] },
]

type Rule = (typeof RULES)[number]

/** Answers that list the rules in each place: those of the own group, the others, and the whole cluster. */
const inLists = (
  own: string,
  rulesIn = (place: string): readonly Rule[] => (place === own ? RULES : []),
  more: object = {},
): string =>
  [own, ...NAMESPACES.filter((place) => place !== own), '']
    .map((place) =>
      answer({ incomplete: false, resourceRules: rulesIn(place), nonResourceRules: null, ...more }),
    )
    .join('')

const may = (bob: string): string[] =>
  findingsOf(
    rights,
    sceneOf(
      {
        'as the user': eachPrinted({
          bob: identity('bob', 'dev1') + bob,
          tom: identity('tom', 'dev2') + NO_MASTERY + inLists('dev2'),
        }),
      },
      { resources: () => served.map((one) => ({ version: 'v1', kind: 'x', verbs: [], ...one })) },
    ),
  )

const HOLDS = /^pass bob on client01 \(\d\d\d\)$/

it('rules, and rights one by one, that are as the inventory says pass, with how many were asked', () => {
  assert.match(may(NO_MASTERY + inLists('dev1'))[0]!, HOLDS)
  const incomplete = inLists('dev1', () => [], { incomplete: true })
  assert.match(may(NO_MASTERY + incomplete + oneByOne('dev1'))[0]!, HOLDS)
})

const TOO_MUCH_AND_TOO_FEW = [
  'fail bob on client01: create tfjobs.kubeflow.org in dev1 → run setup',
  'fail bob on client01: list secrets in dev2 → advice',
]

it('a right too much and one too few are named, in lists of rules and one by one', () => {
  const found = may(
    NO_MASTERY +
      oneByOne('dev1', (deed, right) => {
        if (deed.verb === 'list' && deed.resource === 'secrets' && deed.namespace === 'dev2') return true
        return deed.verb === 'create' && deed.resource === 'tfjobs' ? false : right
      }),
  )
  assert.equal(found.slice(0, 2).toSorted(), TOO_MUCH_AND_TOO_FEW)
  const rulesIn = (place: string): Rule[] => {
    if (place === 'dev2') return [{ verbs: ['*'], apiGroups: [''], resources: ['secrets'] }]
    return place === 'dev1'
      ? RULES.map((rule) => ({
          ...rule,
          verbs: rule.verbs.filter((one) => one !== 'create' || rule.resources[0] !== 'tfjobs'),
        }))
      : []
  }
  assert.equal(
    may(NO_MASTERY + inLists('dev1', rulesIn))
      .slice(0, 2)
      .toSorted(),
    TOO_MUCH_AND_TOO_FEW,
  )
})

it('mastery is decided by itself, whatever rules say', () => {
  const found = may(NO_MASTERY.replaceAll('false', 'true') + inLists('dev1'))
  assert.equal(found.filter((line) => line.startsWith('fail bob on client01: ')).length, MASTERY.length)
  assert.match(found.join('\n'), 'impersonate users')
})

it('answers that are missing say nothing', () => {
  const fewer = /^unknown bob on client01$/
  assert.match(may(answer({ allowed: false }))[0]!, fewer)
  assert.match(may(inLists('dev1'))[0]!, fewer)
  assert.match(may(NO_MASTERY + inLists('dev1').replace(/.*\n/, ''))[0]!, fewer)
  assert.match(may(NO_MASTERY + oneByOne('dev1').replace(/.*\n/, ''))[0]!, fewer)
})

it('lists that are not whole, or say what is not known here, are none', () => {
  for (const more of [{ incomplete: true }, { evaluationError: 'webhook: no answer' }, { conditions: [] }])
    assert.is(may(NO_MASTERY + inLists('dev1', undefined, more))[0]!, 'unknown bob on client01')
})

it('an answer that is neither yes nor no is no pass', () => {
  for (const status of [
    { allowed: false, evaluationError: 'webhook: no answer' },
    { allowed: false, conditionsChain: [{ conditions: [{ effect: 'Allow', condition: 'true' }] }] },
  ]) {
    const found = may(NO_MASTERY + oneByOne('dev1').replace(/.*\n/, () => answer(status)))
    assert.equal(found.length, 2)
    assert.is(found[0]!, 'unknown bob on client01')
  }
})

const { users } = INVENTORY
const ann = { ...users[0]!, name: 'ann', uid: 20_003 }
const inventory = { ...INVENTORY, users: [...users, ann] }

const probeOf = (isFirst: boolean): string =>
  String(rights.probes!({ inventory, host: inventory.hosts[0]!, users: inventory.users, isFirst })[0]!.script)

/** In place of what takes a user's identity. */
const AS_USER = `as_user() {
program=$1 && shift && echo "$name" >>"$STARTED" && sh -c "$program" as-user "$@"
}`

/** Answers each question of lines of JSON in its kind; `lists`: what it lists, `refuses`: what it refuses by itself. */
const KUBECTL = `#!/bin/sh
while IFS= read -r line; do
  echo "$line" >>"$STARTED.$$"
  case $line in
    *SelfSubjectReview*) echo '{"userInfo":{"username":"x"}}' ;;
    *SelfSubjectRulesReview*) echo "$LISTS" ;;
    *) echo '{"allowed":false}' ;;
  esac
done
`

const WHOLE =
  '{"incomplete":false,"nonResourceRules":null,"resourceRules":[{"verbs":["get"],"apiGroups":[""]}]}'
const scratch = mkdtempSync(join(tmpdir(), 'arena-as-the-user-'))
it.after(() => rmSync(scratch, { recursive: true }))

/** Whose kubectl was started how often, and what each was asked. */
const run = ([command, ...args]: [string, ...string[]], script: string, lists: string) => {
  const bin = mkdtempSync(join(scratch, 'bin-'))
  writeFileSync(join(bin, 'arena-kubectl'), KUBECTL, { mode: 0o755 })
  const started = join(bin, 'started')
  const { status, stdout, stderr } = spawnSync(command, args, {
    env: { PATH: `${bin}:${process.env['PATH']}`, TMPDIR: scratch, STARTED: started, LISTS: lists },
    input: `(eval ${quote(script.replace(/^as_user\(\) \{[\s\S]*?\nfi\n\}/m, AS_USER))}) </dev/null`,
  })
  assert.is(status, 0, String(stderr))
  const { of } = readEachUser(
    answersWith(() => stdout),
    '',
  )
  const runs = readdirSync(bin)
    .filter((file) => file.startsWith('started.'))
    .map((file) => linesOf(join(bin, file)).map((line) => JSON.parse(line) as Asked))
  return { of, runs, started: linesOf(started).toSorted() }
}

const linesOf = (file: string): string[] => readFileSync(file, 'utf8').trim().split('\n')

interface Asked {
  kind: string
  spec?: { namespace?: string; resourceAttributes?: Deed }
}

const NAMES = ['ann', 'bob', 'tom']

it('start one kubectl for each user, which asks for the rules in each place', async () => {
  for (const [name, shell] of await shells()) {
    const { runs, started, of } = run(shell, probeOf(true), WHOLE)
    assert.equal(started, NAMES, name)
    const asked = runs.flat()
    const count = (kind: string): number => asked.filter((one) => one.kind === kind).length
    assert.is(count('SelfSubjectReview'), 3)
    assert.is(count('SelfSubjectAccessReview'), 3 * MASTERY.length)
    const places = asked.flatMap(({ kind, spec }) =>
      kind === 'SelfSubjectRulesReview' ? spec!.namespace! : [],
    )
    const nowhere = 'arena-playbooks-nowhere'
    assert.equal(
      places.toSorted(),
      [...NAMESPACES, ...NAMESPACES, 'dev1', nowhere, nowhere, nowhere].toSorted(),
    )
    for (const user of inventory.users) assert.is(of(user)!.code, 0)
  }
})

const reviewsIn = (asked: readonly Asked[]): string[] =>
  asked.flatMap(({ kind, spec }) => (kind === 'SelfSubjectAccessReview' ? JSON.stringify(spec) : []))

it('ask for each right by itself, in the order in which it is judged, where not all rules are listed', async () => {
  const lists = [
    WHOLE.replace('false', 'true'),
    WHOLE.replace('{', '{"evaluationError":"webhook: no answer",'),
    WHOLE.replace('"verbs"', '"conditions":["weekdays"],"verbs"'),
    '',
  ]
  const all = [...(await shells()).values()]
  for (const [index, list] of lists.entries()) {
    const { runs, started } = run(all[index % all.length]!, probeOf(true), list)
    assert.equal(started, [...NAMES, ...NAMES].toSorted())
    const wanted = [
      askedByUser(IN_FULL, ['dev1'], NAMESPACES),
      askedByUser(IN_FULL, ['dev2'], NAMESPACES),
      askedByUser(IN_SHORT, ['dev1'], []),
      ...NAMES.map(() => MASTERY),
    ].map((deeds) => deeds.map((deed) => JSON.stringify(attributesOf(deed))).join('\n'))
    assert.equal(runs.map((asked) => reviewsIn(asked).join('\n')).toSorted(), wanted.toSorted())
  }
})

it('on other machines ask each user who they are, and nothing else', async () => {
  const [, shell] = [...(await shells())][0]!
  const { runs, started } = run(shell, probeOf(false), WHOLE)
  assert.equal(started, NAMES)
  assert.equal(
    runs.flat().map(({ kind }) => kind),
    NAMES.map(() => 'SelfSubjectReview'),
  )
})

it.run()
