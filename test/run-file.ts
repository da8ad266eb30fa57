import { pathToFileURL } from 'node:url'

type Run = () => Promise<[errors: string | true, ran: number, skipped: number, total: number]>

declare global {
  var UVU_DEFER: number
  var UVU_INDEX: number
  var UVU_QUEUE: Run[][]
}

export interface Tally {
  passed: number
  failed: number
}

globalThis.UVU_DEFER = 1
globalThis.UVU_QUEUE = []

/** Runs one file's suites here; a file without one, a test that did not run and a failing hook are failures. */
export const runFile = async (file: string): Promise<Tally> => {
  const group: Run[] = []
  globalThis.UVU_INDEX = globalThis.UVU_QUEUE.push(group) - 1
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
  const tally = { passed: 0, failed: 0 }
  for (const run of group) {
    const [errors, ran, skipped, total] = await run()
    if (errors !== true) console.error(`\n${errors}`)
    if (total === 0) console.error('  FAIL: the suite has no test')
    tally.passed += ran
    tally.failed += total === 0 ? 1 : total - ran + skipped
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
