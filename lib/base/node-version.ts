// Imported first by whatever a playbook is made of: under an older Node a playbook would print nothing and end with 0.

/** The oldest Node that playbooks run under, as `engines` in package.json has it. */
export const OLDEST_NODE = '24.5.0'

const partsOf = (version: string): number[] => version.split('.').map((part) => Number.parseInt(part, 10))

/** By hand: a collator that knows numbers takes longer to load than all modules of ours. */
const isOlder = ([first, ...rest]: number[], [oldest, ...others]: number[]): boolean =>
  first !== undefined &&
  oldest !== undefined &&
  (first < oldest || (first === oldest && isOlder(rest, others)))

/** What to say to whoever runs a version of Node; undefined when it will do. */
export const tooOld = (version: string): string | undefined =>
  !isOlder(partsOf(version), partsOf(OLDEST_NODE))
    ? undefined
    : `playbooks need Node ${OLDEST_NODE} or newer, and this is ${version}\n` +
      '  → `npx tsx playbooks/…` after `npm ci` runs under the Node 24 that it brings; without its ' +
      'install scripts, install Node 24'

const complaint = tooOld(process.versions.node)
if (complaint !== undefined) {
  process.stderr.write(`${complaint}\n`)
  process.exit(64)
}
