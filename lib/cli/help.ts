import { type Command, Option } from 'commander'

/** Headings of --help in their order; flags that are in none are a command's own and come first. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'What it is about:': ['group', 'user', 'limit', 'step', 'only', 'prune'],
  'Looking first:': ['check', 'diff', 'list', 'out', 'plan'],
  'How it goes on:': ['forks', 'timeout'],
  'What it prints:': ['output', 'verbose', 'lang', 'report', 'html'],
}

const EXIT_STATUSES = `
Exit status:
  0  done, or in sync
  1  something failed, was refused, or does not hold
  2  with --check: something would change, or somebody whom the inventory does
     not name has access
  3  a machine or the cluster was not reached, or something cannot be told
  4  with --plan: something else would be changed than what was saved
  5  another run holds the lock
  64 wrong flags, 65 a mistake in the inventory, 70 a bug, 130 interrupted`

/** What the flags of other tools are called here; commander itself tells of mistyped ones. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  '--dry-run': '--check',
  '--syntax-check': '--check',
  '--no-op': '--check',
  '-t': '--step',
  '--tags': '--step',
  '--start-at-task': '--step',
  '--list-hosts': '--list',
  '--list-tasks': '--list',
  '--list-tags': '--list',
  '--hosts': '--limit',
  '--host': '--limit',
  '--target': '--limit',
  '--parallel': '--forks',
  '--parallelism': '--forks',
  '--json': '--output json',
  '-o': '--output',
  '--format': '--output',
}

/** What a flag that a command does not know may mean, in the form of commander's own suggestions. */
const suggested = (text: string, { options }: Command): string => {
  const [, unknown = ''] = /^error: unknown option '([^'=]+)(?:=[^']*)?'\n$/.exec(text) ?? []
  const meant = ELSEWHERE[unknown]
  const isHere = options.some(({ long }) => long === meant?.split(' ')[0])
  return isHere ? `(Did you mean ${meant}?)\n` : ''
}

const orderOf = (name: string): number => Object.values(GROUPS).flat().indexOf(name)

/**
 * Puts a command's flags under headings, its own first, adds an example and the exit statuses, and has it tell what
 * flags of other tools are called here.
 */
export const withHelp = (command: Command, example: string): Command => {
  const options = command.options as Command['options'] & { sort: typeof Array.prototype.sort }
  for (const option of options)
    for (const [heading, names] of Object.entries(GROUPS))
      if (names.includes(option.attributeName())) option.helpGroup(heading)
  options.sort((a, b) => orderOf(a.attributeName()) - orderOf(b.attributeName()))
  command.addHelpOption(new Option('-h, --help', 'show this').helpGroup('What it prints:'))
  command.configureOutput({
    outputError: (text, write) => {
      const said = text.replace(/ is invalid\. (?=\p{Ll})/u, ' is invalid: ') + suggested(text, command)
      write(
        / is invalid: |Did you mean/.test(said)
          ? said
          : `${said}  → such as ${command.name()} ${example}; --help shows more\n`,
      )
    },
  })
  return command.addHelpText('after', `\nExample:\n  ${command.name()} ${example}\n${EXIT_STATUSES}`)
}
