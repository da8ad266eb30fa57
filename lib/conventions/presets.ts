// What an inventory means where it says nothing.

/** What a container gets that states nothing. */
export const CONTAINER_PRESETS = { cpu: '1', memory: '2Gi', ephemeralStorage: '10Gi' } as const

/** The size of a volume. */
export const VOLUME_SIZE = '5Gi'

/** The home of a user. */
export const homeOf = (user: string): string => `/home/${user}`
