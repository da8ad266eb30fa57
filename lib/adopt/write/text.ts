import stringWidth from 'string-width'
import { printable } from '../../base/printable.ts'
import { WIDTH } from '../../inventory/edit/render.ts'
import { type AdoptedInventory, entryKeyOf, type InventoryPart } from '../remark.ts'

/** What stands before the words of a comment: indentation and a mark. */
const MARGIN = 7

/** Fields that follow each other without an empty line. */
export const AT_THE_TOP: readonly string[] = ['name', 'isolation']

/** What stands above each part of an inventory. */
export const EXPLAINED: Record<string, readonly string[]> = {
  name: [
    'Marks everything that setup makes or takes over; choose another name before the first run, not after it.',
    '此名称标记本清单管理的全部对象，首次执行 setup 之前可修改。',
  ],
  tokens: ["Users' tokens end, as setup was told to make them.", '用户的令牌会过期。'],
  arena: [
    'The installer for the processor of the client machines, beside this file: sha256sum arena-installer-*.tar.gz',
    'Arena 安装包及其校验和，请自行填写。',
  ],
  hosts: ['Client 机器。'],
  nas: ['NAS 挂载点地址。'],
  jobs: ['What members of all groups may submit.', '所有组的成员可以提交的作业种类。'],
  groups: ['组：Linux groups with the namespace of the same name.'],
  users: ['用户：A password that is set stays as it is.'],
  retired: [
    'Users who left: nobody else gets their name or uid. Of whom no account and no archive is left, add a line.',
    '已离开的用户：名字和 uid 不再分配；机器上没有账号也没有归档的人，请自行补上。',
  ],
  trusted: [
    'Who else has rights over the groups, with what they can do: verify passes over those who are ' +
      'listed, and fails for others.',
    '清单之外拥有组内权限者：请逐条核对，写明理由，或删除。',
  ],
  volumes: ['共享数据卷：Volumes with the same `shared` are one directory.'],
}

/** What stands at the top. */
export const heading = (
  { inventory: { hosts, cluster } }: AdoptedInventory,
  file: string,
): readonly string[] => [
  `Found on ${hosts.map(({ name }) => name).join(', ')} and in the context ` +
    `${printable(cluster.context)} by playbooks/adopt.ts.`,
  '由 adopt 根据现有环境生成，使用前请核对。',
  `Read the remarks, fill in CHANGE-ME if it is there, then: npx tsx playbooks/setup.ts ${printable(file)} --check`,
]

/** The remarks on one part: above the entries that they are about, and at the end on what was left out. */
export const placed = ({ inventory, remarks }: AdoptedInventory, part: InventoryPart) => {
  const names = new Set((inventory[part] ?? []).map(entryKeyOf))
  const mine = remarks.filter((remark) => remark.part === part)
  return {
    above: (name: string): string[] =>
      mine.filter((remark) => remark.name === name).flatMap(({ says, next }) => comment(says, next)),
    rest: mine
      .filter((remark) => !names.has(remark.name))
      .flatMap(({ name, says, next }) => comment(`${name}: ${says}`, next)),
  }
}

/**
 * Names and words come from hosts and the cluster: nothing in them ends a comment. What may be a command stays on one
 * line.
 */
const comment = (says: string, next: string): string[] => [
  ...wrapped(printable(says.trim()), WIDTH - MARGIN),
  `  → ${printable(next.trim())}`,
]

const wrapped = (text: string, width: number): string[] => {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`
    if (lines.length > 0 && stringWidth(longer) <= width) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}

/** Line breaks that are not control characters, what has no width, and what turns the direction of text. */
export const DECEIVING = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g
