import { structuredPatch } from 'diff'

/** The lines that differ between two texts, with their neighbours, as `diff -u` shows them; without password hashes. */
export const diffLines = (before: string, after: string): string[] =>
  structuredPatch('', '', before, after, '', '', { context: 1 }).hunks.flatMap(
    ({ oldStart, oldLines, newStart, newLines, lines }) => [
      `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
      ...lines.map((line) => withoutHashes(line.replace(/\r$/, ''))),
    ],
  )

/** Text in which hashes of crypt(3) are masked. */
export const withoutHashes = (text: string): string =>
  text.replace(/\$\w+\$[\w./$=,-]{8,}/g, '«secret:password-hash»')
