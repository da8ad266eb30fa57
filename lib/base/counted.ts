/** A number with its noun: `1 change`, `2,000 changes`; `many` where an s does not make the plural. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`
