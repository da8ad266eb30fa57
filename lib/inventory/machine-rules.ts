import { chooseFrom, shown } from '../base/rules.ts'
import { elements, type Fields, fieldsOf, isFields, namesIn, type Path, type ReportMistake } from './raw.ts'

const INSTALLER = { archive: "Archive of Arena's installer: a path, or an https URL", sha256: 'its checksum' }

/** One installer for all machines, or one for each processor: whole, and not both. */
export const archiveMistakes = (inventory: Fields, report: ReportMistake): void => {
  const { arena } = inventory
  if (typeof arena !== 'object' || arena === null) return
  const { archives } = fieldsOf(arena)
  const given = (Object.keys(INSTALLER) as (keyof typeof INSTALLER)[]).filter((field) => field in arena)
  if (archives === undefined) {
    wholeAt(['arena'], arena, report)
    return
  }
  for (const field of given)
    report(['arena', field], 'is given beside archives', 'move it below archives, or leave archives out')
  const each = Object.entries(fieldsOf(archives))
  if (each.length === 0)
    report(['arena', 'archives'], 'names no archive', 'write { amd64: { archive, sha256 }, arm64: … }')
  for (const [processor, one] of each) wholeAt(['arena', 'archives', processor], one, report)
}

const wholeAt = (path: Path, installer: unknown, report: ReportMistake): void => {
  if (!isFields(installer)) return
  for (const [field, hint] of Object.entries(INSTALLER))
    if (!(field in installer)) report([...path, field], 'is missing', hint)
}

/** Groups on one machine are those of somebody who is known; who left may still be named. */
export const membershipMistakes = (inventory: Fields, report: ReportMistake): void => {
  const people = ['users', 'retired'].flatMap((list) => namesIn(inventory[list]))
  for (const [index, host] of elements(inventory['hosts']))
    for (const name of Object.keys(fieldsOf(host['memberships'])))
      if (!people.includes(name))
        report(
          ['hosts', index, 'memberships', name],
          `${shown(name)} is not a user of this inventory`,
          chooseFrom(name, people),
        )
}
