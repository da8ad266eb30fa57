import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { render } from '../../lib/base/template.ts'
import { ARENA_LISTED } from '../../lib/conventions/arena.ts'
import { shells } from '../support/shells.ts'
import { suite } from '../support/suite.ts'

const it = suite('arena-kubectl', { seconds: 60 })

/** In kubectl's place: prints what is in $list, or its arguments, and ends with $status. */
const KUBECTL = `#!/bin/sh
if [ "$1" = get ]; then printf %s "$list"; else printf '%s\\n' "$@"; fi
exit \${status-0}
`

let directory: string

it.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'arena-kubectl-'))
  await mkdir(join(directory, 'bin'))
  const bin = join(directory, 'bin')
  await writeFile(join(bin, 'kubectl'), KUBECTL, { mode: 0o755 })
  await writeFile(join(directory, 'front'), render('arena-kubectl', { bin, listed: ARENA_LISTED }), {
    mode: 0o755,
  })
})

it.after(() => rm(directory, { recursive: true }))

const ASKED = ['get', 'configmap', 'job-tfjob', '--namespace', 'dev1', '-o=jsonpath={.data.app}']

const ran = (
  shell: readonly string[],
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  ...more: 'pipe'[]
) => {
  const [command, ...before] = [...shell, join(directory, 'front'), ...args]
  const { status, stdout, stderr, output } = spawnSync(command!, before, {
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe', ...more],
  })
  return { status, stdout, stderr, ninth: output[9] ?? '' }
}

/** Up to the ninth descriptor, which the front of Arena leaves to that of its kubectl. */
const NINE = Array<'pipe'>(7).fill('pipe')

const LISTS = [
  '',
  'tfjob.kubeflow.org/tf-git-bob-01',
  'service/web\ndeployment.apps/web-1.2\nconfigmap/web',
  'ingress.networking.k8s.io/x',
]

/** None of these is a list of what a job has; a shell does nothing with them. */
const OTHERS = [
  'namespace/dev2',
  'ns/dev2',
  'persistentvolumeclaim/dev1-public',
  'secret/tom-token-1',
  'resourcequota/dev1',
  'services/web',
  'tfjob./a',
  'two words/here',
  'tfjob.kubeflow.org/a\nno slash',
  'tfjob.kubeflow.org/a\n\tservice/b',
  'tfjob/a/b',
  'TFJob/a',
  '-tfjob/a',
  'tfjob/--flag',
  'tfjob/任务',
  'tfjob/a\r',
  'tfjob/a,b',
]

for (const [named, shell] of await shells()) {
  it(`${named}: what Arena keeps of a job goes on when it names kinds and names`, () => {
    for (const list of LISTS) assert.equal([ran(shell, ASKED, { list }).stdout, list], [list, list])
  })

  it(`${named}: nothing goes on of a list that holds anything else, and the user is told`, () => {
    for (const list of OTHERS) {
      const { status, stdout, stderr } = ran(shell, ASKED, { list })
      assert.equal([status, stdout], [1, ''], list)
      assert.match(stderr, /job-tfjob in dev1.*\n.*\narena-kubectl delete tfjob job -n dev1\n$/)
    }
  })

  it(`${named}: the user is told to delete what Arena made, which need not be a TFJob`, () => {
    const kinds = [
      ['a-b-pytorchjob', 'pytorchjob a-b'],
      ['job-mpijob', 'mpijob job'],
      ['job-sparkjob', '<kind> <name>'],
    ]
    for (const [record, job] of kinds) {
      const { stderr } = ran(shell, [...ASKED.slice(0, 2), record!, ...ASKED.slice(3)], { list: 'two words' })
      assert.match(stderr, `arena-kubectl delete ${job} -n dev1\n`)
    }
  })

  it(`${named}: tells the user by way of Arena's front, where that has left its standard error`, () => {
    const { stderr, ninth } = ran(shell, ASKED, { list: 'two words' }, ...NINE)
    assert.is(stderr, '')
    assert.match(ninth, 'job-tfjob')
  })

  it(`${named}: a question that fails, fails`, () => {
    const { status, stdout } = ran(shell, ASKED, { list: '', status: '3' })
    assert.equal([status, stdout], [3, ''])
  })

  it(`${named}: everything else goes to kubectl as it is`, () => {
    const args = ['delete', 'tfjob', 'a b', '', '*', '--namespace', 'dev1']
    assert.is(ran(shell, args, {}).stdout, `${args.join('\n')}\n`)
    const list = 'two words'
    for (const other of [ASKED.slice(0, 5), [...ASKED, '-v=9'], ['get', 'secret', ...ASKED.slice(2)]])
      assert.is(ran(shell, other, { list }).stdout, list)
  })
}

it.run()
