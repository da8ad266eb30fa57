import { quote } from '../base/shell.ts'
import type { InventoryInput } from '../inventory/schema.ts'

/** Entries as an inventory file has them. */
export type GroupInput = InventoryInput['groups'][number]
export type UserInput = InventoryInput['users'][number]
export type VolumeInput = NonNullable<InventoryInput['volumes']>[number]

/** Parts of an inventory in which something is found. */
export const PARTS = ['groups', 'users', 'volumes', 'retired', 'trusted'] as const
export type InventoryPart = (typeof PARTS)[number]

export const isPart = (key: string): key is InventoryPart => PARTS.some((part) => part === key)

/** By what an entry is known: its name, or who is trusted. */
export const entryKeyOf = (entry: { kind?: string; namespace?: string; name?: string }): string => {
  const { kind, namespace, name } = entry
  const named = [namespace, name].filter((word) => word !== undefined).join('/')
  return kind === undefined ? named : `${kind} ${named}`
}

/** What an inventory cannot say of what was found, or what whoever takes it over should know. */
export interface Remark {
  part: InventoryPart
  /** Of the entry that it is about; without such an entry, of what was left out. */
  name: string
  says: string
  /** The next step. */
  next: string
}

/** An inventory of what was found, and what it does not say. */
export interface AdoptedInventory {
  inventory: InventoryInput
  remarks: readonly Remark[]
}

/** Takes down a remark on one part of the inventory. */
export type Note = (name: string, says: string, next: string) => void

/** Takes down a remark on one entry. */
export type Say = (says: string, next: string) => void

/** A line for a shell; names come from the cluster, so each is quoted. */
export const command = (texts: TemplateStringsArray, ...words: readonly string[]): string =>
  String.raw({ raw: texts }, ...words.map(quote))
