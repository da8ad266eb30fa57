import { glob } from 'node:fs/promises'
import { relative } from 'node:path'
import { pathToFileURL } from 'node:url'

type Run = () => Promise<[errors: string | true, ran: number, skipped: number, total: number]>

declare global {
  var UVU_DEFER: number
  var UVU_INDEX: number
  var UVU_QUEUE: Run[][]
}

/** Parts of the tests: without the sandbox in seconds, or on it. */
const PARTS = { '--unit': (file: string) => !isLive(file), '--live': (file: string) => isLive(file) }

const isLive = (file: string): boolean => /test\/(live|sandbox)\//.test(file)

/** Files that take longer than so many seconds say how long. */
const SLOW = 2

const usage = 'npx tsx test/run.ts [--unit | --live] [part of a file name ...]'

const chosenFiles = async (args: readonly string[]): Promise<string[]> => {
  const words = args.filter((arg) => !arg.startsWith('--'))
  const parts = args.filter((arg): arg is keyof typeof PARTS => arg in PARTS)
  if (words.length + parts.length !== args.length) throw new Error(`usage: ${usage}`)
  const files = (await Array.fromAsync(glob('test/**/*.test.ts'))).toSorted()
  return files.filter(
    (file) =>
      parts.every((part) => PARTS[part](file)) &&
      (words.length === 0 || words.some((word) => file.includes(word))),
  )
}

/** Runs one file's suites; a file without one, a test that did not run and a failing hook are failures. */
const runFile = async (file: string, index: number): Promise<{ passed: number; failed: number }> => {
  const group: Run[] = []
  globalThis.UVU_QUEUE[index] = group
  globalThis.UVU_INDEX = index
  console.log(`\n${relative('test', file)}`)
  try {
    await import(pathToFileURL(file).href)
  } catch (error) {
    console.error(error)
    return { passed: 0, failed: 1 }
  }
  if (group.length === 0) {
    console.error('  FAIL: no suite was run; does the file end in .run()?')
    return { passed: 0, failed: 1 }
  }
  let passed = 0
  let failed = 0
  for (const run of group) {
    const [errors, ran, skipped, total] = await run()
    if (errors !== true) console.error(`\n${errors}`)
    if (total === 0) console.error('  FAIL: the suite has no test')
    passed += ran
    failed += total === 0 ? 1 : total - ran + skipped
  }
  return { passed, failed }
}

globalThis.UVU_DEFER = 1
globalThis.UVU_QUEUE = []

const files = await chosenFiles(process.argv.slice(2))
if (files.length === 0) throw new Error(`no test file matches; usage: ${usage}`)

let passed = 0
let failed = 0
try {
  for (const [index, file] of files.entries()) {
    const began = performance.now()
    const result = await runFile(file, index)
    const seconds = (performance.now() - began) / 1000
    if (seconds > SLOW) console.log(`  ${seconds.toFixed(1)} s`)
    passed += result.passed
    failed += result.failed
  }
} finally {
  if (files.some(isLive)) await (await import('./support/sandbox.ts')).stop()
  console.log(`\n${passed} passed, ${failed} failed`)
}
process.exit(failed === 0 ? 0 : 1)
