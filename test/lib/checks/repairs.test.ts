import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import { CLUSTER_ROUNDS, LENT, MACHINE_ROUNDS, OPEN_NETWORK, STATIC_COPIES } from '../../support/holes.ts'
import { suite } from '../../support/suite.ts'

const it = suite('checks/repairs')

const OPENS = '$' + '{'

/** Repairs that no hole of the table brings out, by how they begin, and why. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['there: sysctl -w fs.', 'the kernel is that of the machine on which the tests run'],
  [
    `kubectl delete ${OPENS}namedFor(work)`,
    'remove-user deletes it itself, and tells of what is made meanwhile',
  ],
])

/** The text of the string or template that begins here, up to its own end. */
const literalAt = (source: string, start: number): string => {
  let depth = 0
  for (let at = start + 1; at < source.length; at++) {
    if (source.startsWith(OPENS, at)) depth++
    else if (depth > 0 && source[at] === '}') depth--
    else if (depth === 0 && source[at] === source[start]) return source.slice(start + 1, at)
  }
  throw new Error('a string without an end')
}

/** Every repair in a source that is a command: advice is none, and neither are the types of commands. */
const commandsIn = (source: string): string[] =>
  [...source.matchAll(/['`](?=kubectl (?!version)|there: |run setup: |make new tokens: )/g)]
    .filter(({ index }) => !/advise\(\s*$/.test(source.slice(0, index)))
    .map(({ index }) => literalAt(source, index))
    .filter((command) => !command.includes(`${OPENS}string}`))

/** What is filled in may be anything. */
const patternOf = (command: string): RegExp => {
  const filled = /\$\{(?:[^{}]|\{[^{}]*\})*\}/
  const fixed = command.split(filled).map((part) => part.replace(/[.*+?^$()|[\]\\{}]/g, '\\$&'))
  return new RegExp(`^(and )?${fixed.join('.+')}`)
}

it('each repair that is a command is printed in a live test, which runs it as it is printed', async () => {
  const files = globSync('lib/{audit,checks}/**/*.ts')
  const sources = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  const commands = [...new Set(sources.flatMap(commandsIn))]
  assert.ok(commands.length > 20, `${commands.length} commands`)
  const printed = [
    ...CLUSTER_ROUNDS.flat(),
    ...MACHINE_ROUNDS.flat(),
    LENT,
    OPEN_NETWORK,
    STATIC_COPIES,
  ].flatMap(({ prints = [] }) => prints)
  const startsAs = (start: string) => (command: string) => command.startsWith(start)
  const untried = commands
    .filter((command) => ![...ELSEWHERE.keys()].some((start) => startsAs(start)(command)))
    .filter((command) => !printed.some((line) => patternOf(command).test(line)))
  assert.equal(untried, [])
  assert.equal(
    [...ELSEWHERE.keys()].filter((start) => !commands.some(startsAs(start))),
    [],
  )
})

it.run()
