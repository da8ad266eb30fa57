import { BlockList, isIP } from 'node:net'

/** Addresses that have their first bits in common. */
export interface AddressBlock {
  address: string
  /** How many bits. */
  prefix: number
  family: 'ipv4' | 'ipv6'
}

/** The block that is written so, such as `10.0.0.0/8`; undefined for what is none. */
export const blockFrom = (cidr: string): AddressBlock | undefined => {
  const [, address, bits] = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(cidr) ?? []
  const version = isIP(address ?? '')
  const prefix = Number(bits)
  if (address === undefined || version === 0 || prefix > (version === 4 ? 32 : 128)) return undefined
  return { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' }
}

/** Whether all addresses of a block are in another. */
export const contains = (outer: AddressBlock, inner: AddressBlock): boolean => {
  if (outer.family !== inner.family || outer.prefix > inner.prefix) return false
  const list = new BlockList()
  list.addSubnet(outer.address, outer.prefix, outer.family)
  return list.check(inner.address, inner.family)
}

/** Whether a block without some others has addresses of a second one; of two blocks one is in the other, or none. */
export const reachesInto = (
  block: AddressBlock,
  without: readonly AddressBlock[],
  other: AddressBlock,
): boolean => {
  const common = contains(block, other) ? other : contains(other, block) ? block : undefined
  if (common === undefined) return false
  if (without.some((one) => contains(one, common))) return false
  const within = without.filter((one) => contains(common, one))
  const largest = within.filter(
    (one, index) =>
      !within.some(
        (more, at) => at !== index && contains(more, one) && (more.prefix < one.prefix || at < index),
      ),
  )
  return largest.reduce((share, { prefix }) => share + 2 ** (common.prefix - prefix), 0) < 1
}
