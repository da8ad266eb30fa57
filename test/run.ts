import '../lib/base/node-version.ts'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { glob, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { prepare } from '../sandbox/sandbox.ts'
import { CHECKOUT } from '../sandbox/state.ts'
import { runFile, type Tally } from './run-file.ts'
import { askedVariant, askVariant, VARIANTS } from './support/variants.ts'

/** Parts of the tests: without the sandbox in seconds, or on it. */
const PARTS = { '--unit': (file: string) => !isLive(file), '--live': (file: string) => isLive(file) }

const isLive = (file: string): boolean => /test\/(live|sandbox|variants)\//.test(file)

/** What would only say again on the usual sandbox what others say. */
const isForVariants = (file: string): boolean => /test\/variants\//.test(file)

/** Live files at once, each with a sandbox of its own: they wait more than they compute. */
const LANES = 3

/** Files that take longer than so many seconds say how long. */
const SLOW = 2

const usage =
  `npx tsx test/run.ts [--unit | --live] [--on=${Object.keys(VARIANTS).join('|')}] [part of a file ` +
  'name ...]'

const chosenFiles = async (args: readonly string[]): Promise<string[]> => {
  const words = args.filter((arg) => !arg.startsWith('--'))
  const on = args.find((arg) => arg.startsWith('--on='))
  const parts = args.filter((arg): arg is keyof typeof PARTS => arg in PARTS)
  const known = on === undefined || askVariant(on.slice('--on='.length))
  if (!known || words.length + parts.length + (on === undefined ? 0 : 1) !== args.length)
    throw new Error(`usage: ${usage}`)
  const files = (await Array.fromAsync(glob('test/**/*.test.ts'))).toSorted()
  return files.filter(
    (file) =>
      (on !== undefined || !isForVariants(file)) &&
      parts.every((part) => PARTS[part](file)) &&
      (words.length === 0 || words.some((word) => file.includes(word))),
  )
}

const title = (file: string): string => `\n${relative('test', file)}`

const duration = (began: number): string => {
  const seconds = (performance.now() - began) / 1000
  return seconds > SLOW ? `  ${seconds.toFixed(1)} s` : ''
}

/** Runs a file in this process. */
const runHere = async (file: string): Promise<Tally> => {
  const began = performance.now()
  console.log(title(file))
  const tally = await runFile(file)
  if (duration(began)) console.log(duration(began))
  return tally
}

/** Runs a live file in a process of its own; one of several is printed in one piece when it ends. */
const runApart = async (file: string, lane: number, alone: boolean): Promise<Tally> => {
  const began = performance.now()
  const output = alone ? 'inherit' : 'pipe'
  if (alone) console.log(title(file))
  const child = fork(join(import.meta.dirname, 'run-file.ts'), [file], {
    env: { ...process.env, ARENA_SANDBOX_STATE: join(CHECKOUT, `.sandbox-test-${lane}`) },
    stdio: ['ignore', output, output, 'ipc'],
  })
  const result: Tally[] = []
  child.on('message', (message) => result.push(message as Tally))
  const read = async (stream: Readable | null) => (stream === null ? '' : text(stream))
  const [printed, errors] = await Promise.all([read(child.stdout), read(child.stderr), once(child, 'close')])
  if (!alone) console.log(`${title(file)}\n${printed}${errors}`)
  if (duration(began)) console.log(duration(began))
  const [tally] = result
  if (tally !== undefined) return tally
  const failure = `  FAIL: it ended before its tests did (exit ${child.exitCode})`
  console.error(failure)
  return { passed: 0, failed: 1, failures: [failure] }
}

const bySize = async (files: readonly string[]): Promise<string[]> => {
  const sized = await Promise.all(files.map(async (file) => ({ file, size: (await stat(file)).size })))
  return sized.toSorted((a, b) => b.size - a.size).map(({ file }) => file)
}

/** Those on a sandbox with a worker, whose parts are built before any file begins. */
const usesWorker = (file: string): boolean => file.includes('live/in-pods')

/** The longest files come first, so that no lane has a long one left when the others are done. */
const runLive = async (
  files: readonly string[],
  count: (file: string, tally: Tally) => void,
): Promise<void> => {
  if (files.length === 0) return
  await prepare({
    ...askedVariant(),
    ...(files.some(usesWorker) && { worker: true }),
    onProgress: (line) => console.log(`  ${line}`),
  })
  const waiting = await bySize(files)
  const lane = async (_: unknown, number: number) => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift())
      count(file, await runApart(file, number + 1, files.length === 1))
  }
  await Promise.all(Array.from({ length: Math.min(LANES, files.length) }, lane))
}

const files = await chosenFiles(process.argv.slice(2))
if (files.length === 0) throw new Error(`no test file matches; usage: ${usage}`)

const total: Tally = { passed: 0, failed: 0, failures: [] }
const count = (file: string, { passed, failed, failures }: Tally): void => {
  total.passed += passed
  total.failed += failed
  total.failures.push(...failures.map((text) => `${title(file)}\n${text}`))
}
try {
  for (const file of files.filter((file) => !isLive(file))) count(file, await runHere(file))
  await runLive(files.filter(isLive), count)
} finally {
  if (files.length > 1) console.log(total.failures.join('\n'))
  console.log(`\n${total.passed} passed, ${total.failed} failed`)
}
process.exit(total.failed === 0 ? 0 : 1)
