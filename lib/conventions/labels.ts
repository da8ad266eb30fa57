// The labels and annotations that mark what is ours in a cluster, and the name we go by there.

/** Who we are in managedFields. */
export const FIELD_MANAGER = 'arena-playbooks'

/** On an object: the inventory that it belongs to. */
export const OWNER_LABEL = 'arena-playbooks/inventory'
/** Whether an object belongs to an inventory of this name. */
export const isOwnedBy = (
  { labels }: { labels?: Readonly<Record<string, string>> },
  inventory: string,
): boolean => labels?.[OWNER_LABEL] === inventory
/** On an object: the user that it is for. */
export const USER_LABEL = 'arena-playbooks/user'
/** A user in a label, which may hold no @; no name of an account has two dots beside each other. */
export const userLabel = (user: string): string => user.replace('@', '..')

/** The user whom such a label names. */
export const userInLabel = (label: string): string => label.replace('..', '@')

/** On an object: the group that it is for. */
export const GROUP_LABEL = 'arena-playbooks/group'
/** On what a user made: that user; empty once a group has it that somebody left. */
export const MADE_BY_LABEL = 'arena-playbooks/made-by'

/** On a namespace: the devices that pods there may ask for in isolation strict, divided by spaces. */
export const DEVICES_ANNOTATION = 'arena-playbooks/devices'
/** On a namespace: the volumes of its group whose directories bear a mark of ours, divided by spaces. */
export const MARKED_ANNOTATION = 'arena-playbooks/marked-volumes'
/** On a job: when its operator was last made to look at it again. */
export const WOKEN_ANNOTATION = 'arena-playbooks/woken'

/** The type of a Secret that holds nothing and to which a token is bound: without it the token is dead. */
export const ANCHOR_TYPE = 'arena-playbooks/token-anchor'
