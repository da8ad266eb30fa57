import type { Answers } from '../../lib/resource/type.ts'

/** What a machine answers to each probe, by its id. */
export const answersWith = (printed: (probe: string) => string | Buffer): Answers => {
  const bytes = (probe: string): Buffer => Buffer.from(printed(probe) as string)
  return { bytes, text: (probe) => bytes(probe).toString('utf8'), items: () => [], serves: () => true }
}
