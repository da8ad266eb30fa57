import type { Answers } from '../../lib/resource/type.ts'

/** What a machine answers to each probe, by its id. */
export const answersWith = (textOf: (probe: string) => string): Answers => ({
  bytes: (probe) => Buffer.from(textOf(probe)),
  text: textOf,
  items: () => [],
  serves: () => true,
})
