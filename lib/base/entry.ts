// Imported first by whatever a playbook is made of: `import.meta.main` is undefined in a file that tsx takes for
// CommonJS, so a playbook in one that asks for it would print nothing and end with 0.
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

/** What to say to whoever started a CommonJS file with this text; undefined when it does without being told. */
export const neverMain = (file: string, text: string): string | undefined =>
  text.includes('import.meta.main')
    ? `${basename(file)} is taken for CommonJS, where import.meta.main is unknown, and nothing was done\n` +
      '  → name it .mts, or put { "type": "module" } into a package.json beside it'
    : undefined

// Node's one word for a started file that is CommonJS; a module that was started has none.
const started = process.mainModule?.filename
const complaint = started === undefined ? undefined : neverMain(started, readFileSync(started, 'utf8'))
if (complaint !== undefined) {
  process.stderr.write(`${complaint}\n`)
  process.exit(64)
}
