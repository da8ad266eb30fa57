import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'

/** Asks until the answer holds the words: the API server puts what was changed in force a moment later. */
export const until = async (ask: () => Promise<string>, words: string): Promise<void> => {
  for (let tries = 1; ; tries++) {
    const said = await ask()
    if (tries === 240) assert.match(said, words)
    if (said.includes(words)) return
    await sleep(500)
  }
}
