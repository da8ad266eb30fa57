/** What a Chinese keyboard types, each sign before the punctuation of files and flags that it stands in place of. */
const SIGNS = `，, 、, ：: ；; “" ”" ‘' ’' （( ）) 【[ 】] ｛{ ｝}`

const MEANT: Readonly<Record<string, string>> = {
  ...Object.fromEntries(SIGNS.split(' ').map(([sign, meant]) => [sign, meant])),
  '\u3000': 'a space',
}

/** Which punctuation to write in place of the Chinese that a text holds; undefined when it holds none. */
export const punctuationMeant = (text: string): string | undefined => {
  const found = [...new Set(text)].filter((sign) => MEANT[sign] !== undefined)
  if (found.length === 0) return undefined
  return `write ${found.map((sign) => `${MEANT[sign]} in place of the Chinese ${sign}`).join(', ')}`
}
