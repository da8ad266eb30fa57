// What an inventory in TypeScript imports.

export {
  defineInventory,
  type Group,
  type Host,
  type Inventory,
  type InventoryInput,
  type SecretSource,
  secret,
  type User,
  type Volume,
} from '../lib/inventory/schema.ts'
