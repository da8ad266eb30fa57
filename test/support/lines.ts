import * as assert from 'uvu/assert'

/** Some line matches. */
export const has = (lines: readonly string[], pattern: RegExp): void =>
  assert.ok(
    lines.some((line) => pattern.test(line)),
    `${pattern} in\n${lines.join('\n')}`,
  )

/** No line matches. */
export const hasNot = (lines: readonly string[], pattern: RegExp): void =>
  assert.equal(
    lines.filter((line) => pattern.test(line)),
    [],
  )
