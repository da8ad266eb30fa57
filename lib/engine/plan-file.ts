import { constants, open, readFile, stat } from 'node:fs/promises'
import * as z from 'zod'
import { writeInOneStep } from '../base/beside.ts'
import { type AutomationError, orUndefined, unwritable, wrongFlag } from '../base/errors.ts'
import type { FieldDiff } from '../resource/type.ts'
import { type Action, isChange, type Plan } from './plan.ts'
import type { PlanScope } from './plan-scope.ts'

const FORMAT = 'arena-playbooks plan 1'

const diff = z.strictObject({ field: z.string(), from: z.json(), to: z.json() })

const savedPlan = z.strictObject({
  format: z.literal(FORMAT),
  at: z.iso.datetime(),
  scope: z.record(z.string(), z.string()),
  /** What changes in the inventory file itself, as lines of a diff. */
  edit: z.array(z.string()),
  changes: z.array(
    z.strictObject({
      on: z.string(),
      id: z.string(),
      op: z.enum(['create', 'adopt', 'update', 'remove']),
      diffs: z.array(diff),
    }),
  ),
})

/** A plan as it is saved: what would be changed, with secrets by their names only. */
export type SavedPlan = z.output<typeof savedPlan>
export type SavedChange = SavedPlan['changes'][number]

/** What a plan is saved as. */
export const savedFrom = (plan: Plan, scope: PlanScope, edit: readonly string[] = []): SavedPlan => ({
  format: FORMAT,
  at: new Date().toISOString(),
  scope,
  edit: [...edit],
  changes: plan.actions.filter(isChange).map(savedChange),
})

/** A change in the words of a file; a secret has its name in it, however it is looked at. */
export const savedChange = ({ on, id, change: { op, diffs } }: Action): SavedChange =>
  JSON.parse(JSON.stringify({ on: on.name, id, op, diffs: diffs.map(bothEnds) }))

const bothEnds = ({ field, from, to }: FieldDiff) => ({ field, from: from ?? null, to: to ?? null })

/** Writes a plan in one step, readable by its owner only. */
export const writePlan = async (file: string, plan: SavedPlan): Promise<void> => {
  await writeInOneStep(file, `${JSON.stringify(plan, null, 2)}\n`).catch((error) => {
    throw unwritable(`--out ${file}`, error)
  })
}

/** Refuses a place for a plan where something else is. */
export const mustTakePlan = async (file: string): Promise<void> => {
  const isThere = (await stat(file).catch(() => undefined))?.isFile() ?? false
  const text = isThere ? await readFile(file, 'utf8').catch(() => '') : ''
  if (text !== '' && formatOf(jsonOf(text)) === undefined)
    throw wrongFlag(`--out ${file}`, 'is there already and is no saved plan', 'name another file')
}

const formatOf = (json: unknown): string | undefined =>
  z.object({ format: z.string() }).safeParse(json).data?.format

/** Reads a saved plan; one that somebody else could have changed is refused. */
export const readPlan = async (file: string): Promise<SavedPlan> => {
  const subject = `--plan ${file}`
  const json = jsonOf(await textOf(file, subject))
  const format = formatOf(json)
  if (format === undefined) throw wrongFlag(subject, 'is not a saved plan', SAVE)
  if (format !== FORMAT)
    throw wrongFlag(subject, `is of another format (${JSON.stringify(format)}, not ${FORMAT})`, SAVE_AGAIN)
  const { data, error } = savedPlan.safeParse(json)
  if (data !== undefined) return data
  const [{ path, message }] = error.issues as [z.core.$ZodIssue]
  throw wrongFlag(
    subject,
    `was changed since it was saved: ${path.join('.') || 'it'}: ${message}`,
    SAVE_AGAIN,
  )
}

const SAVE = 'save one first: --check --out plan.json'
const SAVE_AGAIN = 'save a new one: --check --out plan.json'

const jsonOf = (text: string): unknown => orUndefined(() => JSON.parse(text))

/** What was looked at is what is read: the file at this path may be another one a moment later. */
const textOf = async (file: string, subject: string): Promise<string> => {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  await using handle = await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error) => {
    if (error.code === 'ELOOP') throw notPlain(subject)
    throw wrongFlag(subject, `cannot be read (${error.code})`, SAVE)
  })
  const info = await handle.stat()
  if (!info.isFile()) throw notPlain(subject)
  const ours = info.uid === process.getuid?.() || info.uid === 0
  if (!ours || (info.mode & 0o022) !== 0)
    throw wrongFlag(
      subject,
      'could have been changed by others',
      `look at it: ls -l ${file}; then save a new one`,
    )
  return await handle.readFile('utf8')
}

const notPlain = (subject: string): AutomationError =>
  wrongFlag(subject, 'is not a plain file', 'give the file that --out wrote')
