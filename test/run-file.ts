import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'

type Run = () => Promise<[errors: string | true, ran: number, skipped: number, total: number]>

declare global {
  var UVU_DEFER: number
  var UVU_INDEX: number
  var UVU_QUEUE: Run[][]
}

export interface Tally {
  passed: number
  failed: number
  /** What each failure printed, so that the end of a long run can say it once more. */
  failures: string[]
}

globalThis.UVU_DEFER = 1
globalThis.UVU_QUEUE = []

/** Runs one file's suites here; a file without one, a test that did not run and a failing hook are failures. */
export const runFile = async (file: string): Promise<Tally> => {
  const group: Run[] = []
  globalThis.UVU_INDEX = globalThis.UVU_QUEUE.push(group) - 1
  const tally: Tally = { passed: 0, failed: 0, failures: [] }
  const fail = (count: number, text: string): void => {
    console.error(`\n${text}`)
    tally.failed += count
    tally.failures.push(text)
  }
  try {
    await import(pathToFileURL(file).href)
  } catch (error) {
    fail(1, inspect(error))
    return tally
  }
  if (group.length === 0) fail(1, '  FAIL: no suite was run; does the file end in .run()?')
  for (const run of group) {
    const [errors, ran, skipped, total] = await run()
    tally.passed += ran
    if (total === 0) fail(1, '  FAIL: the suite has no test')
    else if (ran !== total || skipped > 0)
      fail(total - ran + skipped, errors === true ? `  FAIL: ${total - ran + skipped} did not run` : errors)
  }
  return tally
}

// Started by test/run.ts for one live file, which has a process and a sandbox of its own.
if (import.meta.main) {
  const tally = await runFile(process.argv[2] as string).finally(async () =>
    (await import('./support/sandbox.ts')).stop(),
  )
  process.send?.(tally, () => process.exit())
}
