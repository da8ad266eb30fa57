import { type AdoptedInventory, entryKeyOf } from '../adopt/remark.ts'
import type { Writing } from '../adopt/write/destination.ts'
import { counted } from '../base/counted.ts'
import { printable } from '../base/printable.ts'
import type { InventoryInput } from '../inventory/schema.ts'
import { paint } from './plan-text.ts'

const PARTS = [
  ['groups', 'Groups'],
  ['users', 'Users'],
  ['volumes', 'Volumes'],
  ['retired', 'Users who left'],
  ['trusted', 'Others with rights over the groups'],
] as const

const WRITINGS: Record<Writing, string> = {
  written: 'Wrote',
  same: 'Nothing new: this is what is in',
  planned: 'Would write',
}

/** What was found: the remarks with their next steps, then what the file holds and what to do with it. */
export const renderFound = (
  { inventory, remarks }: AdoptedInventory,
  file: string,
  writing: Writing,
): string[] => {
  const lines = PARTS.flatMap(([part, title]) => {
    const known = new Set((inventory[part] ?? []).map(entryKeyOf))
    const mine = remarks.filter((remark) => remark.part === part)
    return mine.length === 0
      ? []
      : [
          '',
          paint('bold', title),
          ...mine.flatMap(({ name, says, next }) => [
            `  ${known.has(name) ? '' : paint('red', 'left out ')}${printable(name)}: ${printable(says)}`,
            `      → ${printable(next)}`,
          ]),
        ]
  })
  const counts = (['host', 'group', 'user', 'volume'] as const).map((one) =>
    counted(inventory[`${one}s`]?.length ?? 0, one),
  )
  const open = [
    ...unknownChecksums(inventory.arena),
    ...(inventory.trusted?.some(({ reason }) => reason === 'CHANGE-ME') ? ['the reasons in trusted'] : []),
  ]
  const fill = open.length > 0 ? `fill in ${open.join(' and ')}, then ` : ''
  return [
    ...lines,
    '',
    `${WRITINGS[writing]} ${printable(file)}: ${counts.join(', ')}; ` +
      `${counted(remarks.length, 'remark')}, in the file too.`,
    `  → ${fill}npx tsx playbooks/setup.ts ${printable(file)} --check`,
  ]
}

/** Fields that wait for the checksum of an installer. */
const unknownChecksums = ({ sha256, archives = {} }: InventoryInput['arena']): string[] => [
  ...(sha256 === 'CHANGE-ME' ? ['arena.sha256'] : []),
  ...Object.entries(archives)
    .filter(([, installer]) => installer.sha256 === 'CHANGE-ME')
    .map(([processor]) => `arena.archives.${processor}.sha256`),
]
