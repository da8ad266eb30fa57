// Writes schema.json, which lets editors check and complete YAML and JSON inventories, and the reference of its fields.
import '../lib/base/node-version.ts'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { inventorySchema } from '../lib/inventory/schema.ts'
import { referenceOf } from './field-reference.ts'

/** The JSON Schema of what an inventory file holds. */
export const jsonSchema = (): object => ({
  ...z.toJSONSchema(inventorySchema, { io: 'input' }),
  title: 'Inventory of arena-playbooks',
})

if (import.meta.main) {
  const file = join(import.meta.dirname, 'schema.json')
  writeFileSync(file, JSON.stringify(jsonSchema()))
  const docs = join(import.meta.dirname, '../docs')
  writeFileSync(join(docs, 'inventory.md'), referenceOf(jsonSchema(), 'en'))
  writeFileSync(join(docs, 'inventory.zh-CN.md'), referenceOf(jsonSchema(), 'zh'))
  execFileSync('npx', ['biome', 'format', '--write', file], { stdio: 'inherit' })
}
