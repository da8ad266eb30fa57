import { randomUUID } from 'node:crypto'
import { lstat, open, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { AutomationError } from './errors.ts'
import { type Action, isChange, type Plan } from './plan.ts'
import type { FieldDiff } from './resource-type.ts'

const diff = z.strictObject({ field: z.string(), from: z.unknown(), to: z.unknown() })

const savedPlan = z.strictObject({
  format: z.literal('arena-playbooks plan 1'),
  playbook: z.string(),
  inventory: z.string(),
  at: z.iso.datetime(),
  /** What changes in the inventory file itself, as lines of a diff. */
  edit: z.array(z.string()),
  changes: z.array(z.strictObject({ on: z.string(), id: z.string(), op: z.string(), diffs: z.array(diff) })),
})

/** A plan as it is saved: what would be changed, with secrets by their names only. */
export type SavedPlan = z.output<typeof savedPlan>
export type SavedChange = SavedPlan['changes'][number]

/** What a plan is saved as. */
export const savedFrom = (
  plan: Plan,
  about: Pick<SavedPlan, 'playbook' | 'inventory'>,
  edit: readonly string[] = [],
): SavedPlan => ({
  format: 'arena-playbooks plan 1',
  ...about,
  at: new Date().toISOString(),
  edit: [...edit],
  changes: plan.actions.filter(isChange).map(savedChange),
})

/** A change in the words of a file; a secret has its name in it, however it is looked at. */
export const savedChange = ({ on, id, change: { op, diffs } }: Action): SavedChange =>
  JSON.parse(JSON.stringify({ on: on.name, id, op, diffs: diffs.map(bothEnds) }))

const bothEnds = ({ field, from, to }: FieldDiff) => ({ field, from: from ?? null, to: to ?? null })

/** Writes a plan in one step, readable by its owner only. */
export const writePlan = async (file: string, plan: SavedPlan): Promise<void> => {
  const beside = join(dirname(file), `.${basename(file)}.${randomUUID()}`)
  try {
    const handle = await open(beside, 'wx', 0o600)
    try {
      await handle.writeFile(`${JSON.stringify(plan, null, 2)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(beside, file)
  } catch (error) {
    await rm(beside, { force: true })
    throw problem(
      `--out ${file}`,
      `cannot be written (${(error as NodeJS.ErrnoException).code})`,
      'name a file in a directory that is there and that you may write to',
    )
  }
}

/** Reads a saved plan; one that somebody else could have changed is refused. */
export const readPlan = async (file: string): Promise<SavedPlan> => {
  const subject = `--plan ${file}`
  const text = await textOf(file, subject)
  try {
    return savedPlan.parse(JSON.parse(text))
  } catch {
    throw problem(subject, 'is not a plan of this version', 'save one: --check --out plan.json')
  }
}

const textOf = async (file: string, subject: string): Promise<string> => {
  try {
    const info = await lstat(file)
    if (!info.isFile()) throw problem(subject, 'is not a plain file', 'give the file that --out wrote')
    const ours = info.uid === process.getuid?.() || info.uid === 0
    if (!ours || (info.mode & 0o022) !== 0)
      throw problem(
        subject,
        'could have been changed by others',
        `look at it: ls -l ${file}; then save a new one`,
      )
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof AutomationError) throw error
    throw problem(
      subject,
      `cannot be read (${(error as NodeJS.ErrnoException).code})`,
      'save one first: --check --out plan.json',
    )
  }
}

const problem = (subject: string, message: string, hint: string): AutomationError =>
  new AutomationError({ code: 'usage', subject, message, hint })
