import { Command, CommanderError } from 'commander'
import * as assert from 'uvu/assert'
import { isAutomationError } from '../../../lib/base/errors.ts'
import { commonFlags, inventoryFlags, oneValueEach, selectionOf } from '../../../lib/cli/flags.ts'
import { addFlags } from '../../../lib/cli/playbook-flags.ts'
import type { Host } from '../../../lib/inventory/schema.ts'
import { suite } from '../../support/suite.ts'

const it = suite('flags')

const parsed = (own: Parameters<typeof addFlags>[1], ...argv: string[]): Record<string, unknown> => {
  const command = new Command('test').exitOverride().configureOutput({ writeErr() {} })
  addFlags(command, own)
  oneValueEach(commonFlags(inventoryFlags(command)))
  return command.parse(argv, { from: 'user' }).opts()
}

const refused = (own: Parameters<typeof addFlags>[1], ...argv: string[]): void => {
  try {
    parsed(own, ...argv)
  } catch (error) {
    assert.instance(error, CommanderError)
    return
  }
  assert.unreachable(argv.join(' '))
}

const NOBODY = { hosts: [], users: [], cluster: { name: 'cluster', context: 'one', kubeconfig: '/config' } }

it('that choose gather what they are given, in one word or in several', () => {
  for (const argv of [
    ['--user', 'ann,ben'],
    ['--user', 'ann', '--user', 'ben'],
    ['--user', 'ann, ben,', '--user', 'ann'],
  ])
    assert.equal(selectionOf(parsed({}, ...argv), NOBODY), { users: ['ann', 'ben'] })
  assert.equal(selectionOf(parsed({}, '--group', 'a', '--group', 'b'), NOBODY), { groups: ['a', 'b'] })
  assert.equal(selectionOf(parsed({}), NOBODY), {})
})

const HOSTS = ['gpu01', 'gpu02', 'gpu10', 'login'].map((name) => ({ name }) as Host)

it('--limit takes names, patterns with * and ?, and !pattern for all but those', () => {
  for (const [words, targets] of [
    [['login'], ['login']],
    [['gpu*'], ['gpu01', 'gpu02', 'gpu10']],
    [['gpu0?'], ['gpu01', 'gpu02']],
    [['gpu*,!gpu02'], ['gpu01', 'gpu10']],
    [['!gpu02', 'gpu0?'], ['gpu01']],
    [['!cluster'], ['gpu01', 'gpu02', 'gpu10', 'login']],
    [['!gpu*'], ['login', 'cluster']],
    [
      ['cluster', 'login'],
      ['login', 'cluster'],
    ],
    [['*'], ['gpu01', 'gpu02', 'gpu10', 'login', 'cluster']],
  ] as const) {
    const given = words.flatMap((word) => ['-l', word])
    assert.equal(
      selectionOf(parsed({}, ...given), { ...NOBODY, hosts: HOSTS }),
      { limit: targets },
      words.join(' '),
    )
  }
  for (const word of ['gpu03', 'GPU01', 'gpu', '!gpu03', 'gpu01,nosuch', 'gpu01,!gpu*', 'gpu0[12]', '.*'])
    assert.throws(
      () => selectionOf(parsed({}, '-l', word), { ...NOBODY, hosts: HOSTS }),
      (error: unknown) => isAutomationError(error) && error.code === 'usage',
      word,
    )
})

it('--limit calls the cluster as the inventory does', () => {
  const inventory = { ...NOBODY, hosts: HOSTS, cluster: { ...NOBODY.cluster, name: 'prod' } }
  assert.equal(selectionOf(parsed({}, '-l', 'prod'), inventory), { limit: ['prod'] })
  assert.throws(
    () => selectionOf(parsed({}, '-l', 'cluster'), inventory),
    (error: unknown) => isAutomationError(error) && error.code === 'usage',
  )
})

it('that choose are refused when they name nothing, as an unset variable would', () => {
  for (const flag of ['--user', '--limit', '--group'])
    for (const word of ['', ',', ' ']) refused({}, flag, word)
})

const OWN = {
  name: { value: '<name>', says: 'a name' },
  gpu: { value: '<count>', says: 'a count', number: true },
  jobs: { value: '<word>', says: 'a word', choices: ['stop', 'keep'] },
  volume: { value: '<volume>', says: 'a volume', many: true },
} as const

it('that take one value are refused when they are given twice, also the same, and those that take many gather', () => {
  assert.equal(parsed(OWN, '--name', 'a', '--gpu', '2', '--jobs', 'stop'), {
    ...parsed(OWN),
    name: 'a',
    gpu: 2,
    jobs: 'stop',
  })
  for (const [flag, one, two] of [
    ['--name', 'a', 'b'],
    ['--gpu', '1', '2'],
    ['--jobs', 'stop', 'keep'],
    ['--jobs', 'stop', 'stop'],
    ['--output', 'json', 'lines'],
    ['--forks', '1', '2'],
    ['--timeout', '1', '2'],
  ] as const)
    refused(OWN, flag, one, flag, two)
  refused(OWN, '--gpu', 'many')
  refused(OWN, '--jobs', 'perhaps')
  assert.equal(parsed(OWN, '--volume', 'a', '--volume', 'b')['volume'], ['a', 'b'])
})

it.run()
