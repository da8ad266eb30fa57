// A Linux account with a private group, exact supplementary groups, a home of its own and a first password.
import { z } from 'zod'
import {
  ACCOUNT_NAME,
  type Account,
  type Accounts,
  accountObstacle,
  accountProbes,
  type Change,
  type FieldDiff,
  firstPassword,
  type Homes,
  homeDifferences,
  homeScript,
  homesProbes,
  inOrder,
  KEEP,
  markerOf,
  PLAIN_PATH,
  placeObstacle,
  readAccounts,
  readHomes,
  resourceType,
  Secret,
  strayAccounts,
} from '../lib/resource.ts'
import { type Script, sh } from '../lib/shell.ts'

const account = z.string().regex(ACCOUNT_NAME)
const path = z.string().regex(PLAIN_PATH)

const schema = z.strictObject({
  name: account,
  uid: z.int().min(1),
  /** Supplementary groups: these and no others. */
  groups: z.array(account),
  /** The group that marks accounts of this inventory. */
  marker: account,
  gecos: z.optional(z.string().regex(/^[^:\p{Cc}]*$/u)),
  shell: path,
  home: path,
  password: z.instanceof(Secret).optional(),
  /** As crypt(3) writes it. */
  passwordHash: z.union([z.instanceof(Secret), z.string()]).optional(),
  /** Another resource sets his first password: none is missed. */
  passwordFollows: z.boolean().optional(),
})

type Want = z.output<typeof schema>

export const linuxUser = resourceType<typeof schema, { accounts: Accounts; homes: Homes }>({
  kind: 'linux-user',
  on: 'host',
  schema,
  id: ({ name }) => name,

  observe: (wants, owner) => ({
    probes: [
      ...accountProbes(
        'passwd',
        wants.flatMap(({ name, uid }) => [name, uid]),
      ),
      ...homesProbes(wants.map(({ home }) => home)),
    ],
    read(answers) {
      const accounts = readAccounts(answers, 'passwd')
      const homes = readHomes(answers)
      const names = wants.map(({ name }) => name)
      return {
        find: () => ({ accounts, homes }),
        strays: strayAccounts(accounts, markerOf(owner), names),
      }
    },
  }),

  plan(want, have) {
    const { accounts, homes } = have!
    const [account] = accounts.named(want.name)
    return (
      accountObstacle(want, accounts) ??
      placeObstacle(want, homes, account !== undefined) ??
      (account === undefined ? create(want, accounts, homes) : correct(want, account, accounts, homes))
    )
  },
})

const create = (want: Want, accounts: Accounts, { at, placeOf }: Homes): Change => {
  const { uid, groups, shell, home, gecos } = want
  const shown = { uid, groups, shell, home, ...(gecos !== undefined && { gecos }) }
  // With one gid to choose from, -U makes the private group with that gid or fails; a groupadd takes as long as this.
  const ownGroup =
    accounts.groupsNamed(want.name).length > 0
      ? sh`-g ${uid}`
      : sh`-U -K ${`GID_MIN=${uid}`} -K ${`GID_MAX=${uid}`}`
  const password = firstPassword(want, undefined, accounts.today)
  return {
    op: 'create',
    diffs: [...Object.entries(shown).map(([field, to]) => ({ field, to })), ...password.diffs],
    steps: inOrder(
      sh`useradd -u ${uid} ${ownGroup} -d ${home} -M ${fields(want)}`,
      homeScript(want, at),
      ...password.scripts,
    ),
    place: placeOf(home),
    ...notes(password.warnings),
  }
}

const correct = (want: Want, account: Account, accounts: Accounts, { at, placeOf }: Homes): Change => {
  const { name, uid, groups, marker, shell, gecos = account.gecos } = want
  const [primary] = accounts.withGid(account.gid)
  const memberOf = accounts.groupsOf(name).filter((group) => group !== primary?.name)
  const others = memberOf.filter((group) => group !== marker)
  const marked = memberOf.includes(marker)
  const compared: FieldDiff[] = [
    { field: 'primary group', from: primary?.name ?? account.gid, to: name },
    { field: 'groups', from: others, to: groups.toSorted() },
    { field: 'marker', from: marked ? marker : undefined, to: marker },
    { field: 'shell', from: account.shell, to: shell },
    { field: 'gecos', from: account.gecos, to: gecos },
  ]
  const differing = compared.filter(({ from, to }) => String(from) !== String(to))
  const home = homeDifferences(want, at)
  const password = firstPassword(want, account, accounts.today)
  const lost = marked ? [] : others.filter((group) => !groups.includes(group))
  const warnings = notes([
    ...(lost.length > 0 ? [`${name} loses the groups ${lost.join(', ')}`] : []),
    ...password.warnings,
  ])
  const diffs = [...differing, ...home, ...password.diffs]
  if (diffs.length === 0) return { ...KEEP, ...warnings }
  return {
    op: marked ? 'update' : 'adopt',
    diffs,
    steps: inOrder(
      ...(accounts.groupsNamed(name).length > 0 ? [] : [sh`groupadd -g ${uid} ${name}`]),
      ...(differing.length > 0 ? [sh`usermod -g ${uid} ${fields(want)}`] : []),
      ...(home.length > 0 ? [homeScript(want, at)] : []),
      ...password.scripts,
    ),
    ...(home.length > 0 && { place: placeOf(want.home) }),
    ...warnings,
  }
}

/** What useradd and usermod take alike; the whole list of groups, so none stays that is not wanted. */
const fields = ({ name, groups, marker, shell, gecos }: Want): Script =>
  sh`-G ${[...groups, marker].join(',')} -s ${shell} ${gecos === undefined ? sh`` : sh`-c ${gecos} `}${name}`

const notes = (warnings: readonly string[]) => (warnings.length === 0 ? {} : { warnings })
