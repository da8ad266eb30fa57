/** A whole number without quotes. */
export const plainNumber = (value: string): string | number =>
  /^\d{1,6}$/.test(value) ? Number(value) : value
