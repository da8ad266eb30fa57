import { glob } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import * as assert from 'uvu/assert'
import { auditCommand } from '../../../lib/cli/audit-command.ts'
import { parserOf } from '../../../lib/cli/command.ts'
import { playbookCommand } from '../../../lib/cli/playbook-command.ts'
import { surveyCommand } from '../../../lib/cli/survey-command.ts'
import { suite } from '../../support/suite.ts'

const it = suite('help', { seconds: 60 })

const programOf = (definition: Record<string, unknown>): Parameters<typeof parserOf>[0] => {
  if ('run' in definition) return definition as never
  if ('checks' in definition) return auditCommand(definition as never) as never
  return (
    'of' in definition ? surveyCommand(definition as never) : playbookCommand(definition as never)
  ) as never
}

it('shows an example that the command takes, every flag once and under a heading, and the exit statuses', async () => {
  const seen: string[] = []
  for await (const file of glob('playbooks/*.ts')) {
    const { default: definition } = await import(resolve(file))
    const command = parserOf(programOf(definition)).configureOutput({ writeErr() {} })
    const help: string[] = []
    command.configureOutput({ writeOut: (text) => help.push(text) }).outputHelp()
    const [, example] = /Example:\n {2}npx tsx (playbooks\/[\w-]+\.ts .*)\n/.exec(help.join('')) ?? []
    const [path, ...words] = example!.split(' ')
    assert.is(path, file)
    command.parse(words, { from: 'user' })
    const { tokens } = parseArgs({ args: words, strict: false, allowPositionals: true, tokens: true })
    assert.equal(
      tokens
        .filter((token) => token.kind === 'option')
        .filter(({ rawName }) => !help.join('').includes(rawName)),
      [],
    )
    const flags = [
      ...help
        .join('')
        .split('Example:')[0]!
        .matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm),
    ].map(([, flag]) => flag)
    assert.equal(
      flags.toSorted(),
      command.options
        .map(({ long }) => long)
        .concat('--help')
        .toSorted(),
    )
    assert.match(help.join(''), /^Exit status:\n {2}0 {2}\S/m)
    for (const line of help.join('').split('\n'))
      if (!line.startsWith('  npx ')) assert.ok(line.length <= 80, line)
    seen.push(file)
  }
  assert.is(seen.length, 11)
})

it('says the next step with a wrong flag: what it takes, what was meant, or an example', async () => {
  const { default: setup } = await import(resolve('playbooks/setup.ts'))
  const told = (...words: string[]): string => {
    const said: string[] = []
    const command = parserOf(programOf(setup)).configureOutput({ writeErr: (text) => said.push(text) })
    assert.throws(() => command.parse(words, { from: 'user' }))
    return said.join('')
  }
  const example = '→ such as npx tsx playbooks/setup.ts inventory/prod.ts'
  for (const words of [[], ['a.ts', 'b.ts'], ['a.ts', '--nothing-like-it'], ['a.ts', '--out']])
    assert.match(told(...words), example)
  for (const words of [
    ['a.ts', '--forks', '0'],
    ['a.ts', '--chekc'],
  ])
    assert.not.match(told(...words), example)
  assert.match(told('a.ts', '--forks', '0'), 'is invalid: it takes')
})

it('tells what a flag of another tool is called here, where the command has it', async () => {
  const { default: setup } = await import(resolve('playbooks/setup.ts'))
  const { default: adopt } = await import(resolve('playbooks/adopt.ts'))
  const told = (definition: Record<string, unknown>, flag: string): string => {
    const said: string[] = []
    const command = parserOf(programOf(definition)).configureOutput({ writeErr: (text) => said.push(text) })
    assert.throws(() => command.parse([flag, 'x.ts'], { from: 'user' }))
    return said.join('')
  }
  for (const [flag, meant] of [
    ['--dry-run', '--check'],
    ['--dry-run=client', '--check'],
    ['--tags', '--step'],
    ['--list-hosts', '--list'],
    ['--json', '--output json'],
    ['--chekc', '--check'],
  ])
    assert.match(told(setup, flag!), `(Did you mean ${meant}?)`)
  for (const flag of ['-K', '--nothing-like-it']) assert.not.match(told(setup, flag), 'Did you mean')
  assert.match(told(adopt, '--dry-run'), '(Did you mean --check?)')
  assert.not.match(told(adopt, '--tags'), 'Did you mean')
})

it.run()
