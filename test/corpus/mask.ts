import type { SandboxState } from '../../sandbox/state.ts'

type Mask = readonly [found: RegExp | string, shown: string]

/**
 * What no two runs have in common: times, random names, addresses, checksums. Everything else is the program's word.
 */
const ALWAYS: readonly Mask[] = [
  [/eyJ[\w-]+\.[\w-]+\.[\w-]*/g, '<token>'],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>'],
  [/\b[0-9a-f]{32,64}\b/g, '<checksum>'],
  [/\b20\d\d-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?(\.\d+)?( ?(Z|UTC))?)?/g, '<time>'],
  [/\b20\d{6}T?-?\d{6}Z?\b/g, '<time>'],
  [/"(until|from|now|begun)":\d{9,13}\b/g, '"$1":"<time>"'],
  [/^\{"at":[\d.]+/gm, '{"at":"<seconds>"'],
  [/<uid> \d+:\d+ /g, '<uid> <device> '],
  [/"(seconds|ms)":[\d.]+/g, '"$1":"<seconds>"'],
  [/\b(time|timestamp)="[^"]*"/g, '$1="<time>"'],
  [/\b\d+ (seconds?|minutes?) old\b/g, '<seconds> old'],
  [/\b\d+\.\d s\b/g, '<seconds>'],
  [/\d+(\.\d+)? 秒/g, '<seconds>'],
  [/\bpid \d+/g, 'pid <pid>'],
  [/"requests":\d+/g, '"requests":"<count>"'],
  [/\b\d+ API requests/g, '<count> API requests'],
  [/"resourceVersion":"\d+"/g, '"resourceVersion":"<version>"'],
]

/** Puts a word in the place of everything that another run would say otherwise. */
export const masker = (
  { server, directory, clients, arena }: SandboxState,
  places: Readonly<Record<string, string>>,
): ((text: string) => string) => {
  const masks: Mask[] = [
    [server, '<server>'],
    [new URL(server).host, '<server address>'],
    ...clients.flatMap(({ name, address, port }): Mask[] => [
      [`${address}:${port}`, `<address of ${name}>`],
      [address, `<address of ${name}>`],
      [new RegExp(`\\b${port}\\b`, 'g'), `<port of ${name}>`],
    ]),
    [arena.archive, '<archive of Arena>'],
    [directory, '<sandbox>'],
    ...Object.entries(places).map(([name, path]): Mask => [path, `<${name}>`]),
    ...ALWAYS,
  ]
  return (text) => masks.reduce((so, [found, shown]) => so.replaceAll(found, shown), text)
}

/**
 * Puts lines that came side by side into one order: what is done at once ends as it will, and only the set of what was
 * said between two other lines is the program's word. How often progress is told is a matter of time, so it is left
 * out.
 */
export const inOneOrder = (text: string): string => {
  const lines: string[] = []
  let together: string[] = []
  const flush = (): void => {
    lines.push(...together.toSorted())
    together = []
  }
  for (const line of text.split('\n'))
    if (isOfOneChange(line)) together.push(line)
    else if (!isProgress(line)) {
      flush()
      lines.push(line)
    }
  flush()
  return lines.join('\n')
}

const isProgress = (line: string): boolean => /^\{"at":"<seconds>","type":"asking"/.test(line)

const isOfOneChange = (line: string): boolean =>
  /^\{"at":"<seconds>","type":"change:(start|end)"/.test(line) ||
  /^(done|failed|skipped|unreachable) +\S+ on \S+/.test(line)
