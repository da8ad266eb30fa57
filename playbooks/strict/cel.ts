// How the rules of isolation strict speak of pods; `pods` and `parts` are variables of their policy.

/** A test that is true of each pod, which it calls `pod`. */
export const pods = (test: string): string => `variables.pods.all(pod, ${test})`

/** A test that is true of each pod and of each of its containers, which it calls `part`. */
export const parts = (test: string): string => `variables.parts.all(of, of.all(part, ${test}))`

/** A list of words, from words that spaces divide. */
export const celList = (words: string): string => `[${words.split(' ').map((word) => `'${word}'`)}]`
