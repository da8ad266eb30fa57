import * as assert from 'uvu/assert'
import { tenants } from '../../bench/tenants.ts'
import type { InventoryInput } from '../../lib/inventory/schema.ts'
import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'
import { inventoryFile, runPlaybook, type Told } from '../support/playbook.ts'
import { sandbox } from '../support/sandbox.ts'
import { suite } from '../support/suite.ts'

const it = suite('accounts at once', { seconds: 300 })

/** Made in one pass, but for those who have something of their own there already. */
const AT_ONCE = 'client01'
/** A hook of useradd's leaves every account to useradd there. */
const BY_USERADD = 'client02'
const USERS = 60

let state: SandboxState
let inventory: InventoryInput
let files: Awaited<ReturnType<typeof inventoryFile>>

const on = (host: string, script: string): Promise<string> => runOn(host, script, state)

const onBoth = async (script: string): Promise<[string, string]> => [
  await on(AT_ONCE, script),
  await on(BY_USERADD, script),
]

const setup = async (...flags: string[]): Promise<Told> =>
  runPlaybook('setup', await files.write(inventory), ...flags)

/** Calls of useradd that made an account. */
const CALLS = 'grep -vc -e " -D" /tmp/calls || true'

const COUNTED = `cat > /usr/local/sbin/useradd <<'EOF'
#!/bin/sh
printf ' %s\\n' "$*" >> /tmp/calls
exec /usr/sbin/useradd "$@"
EOF
chmod 755 /usr/local/sbin/useradd; : > /tmp/calls`

it.before(async () => {
  state = await sandbox()
  files = await inventoryFile()
  const made = tenants(USERS, state)
  inventory = {
    ...made,
    users: made.users.map((user, index) => ({
      ...user,
      ...(index % 4 === 1 && { gecos: `用户 ${index} "x" $HOME \\n it's, here` }),
      ...(index % 5 === 2 && { shell: '/bin/sh' }),
      ...(index === 7 && { home: '/srv/some where/seven' }),
      ...(index === 9 && { password: { file: state.passwords['bob']! } }),
      groups: [...user.groups, ...(index % 3 === 0 ? ['group0002'] : [])].filter(
        (group, at, all) => all.indexOf(group) === at,
      ),
    })),
  }
  for (const host of [AT_ONCE, BY_USERADD]) {
    await on(host, COUNTED)
    await on(
      host,
      'mkdir -p /etc/skel/deep; echo hello > "/etc/skel/deep/a b"; chmod 640 "/etc/skel/deep/a b"; ' +
        'printf "older:100000:65536\\nother:231072:65536\\nwide:500000:65536\\n" > /etc/subuid; ' +
        'cp /etc/subuid /etc/subgid',
    )
    // A private group, a home and a line of gshadow that are there before.
    await on(
      host,
      'groupadd -g 42011 user0011; mkdir -m 755 /home/user0013; chown 42013:42013 /home/user0013; ' +
        'groupadd -g 49999 kept; sed -i "s/^kept:!:/kept:!:user0015/" /etc/gshadow',
    )
  }
  await on(
    BY_USERADD,
    'mkdir -p /etc/shadow-maint/useradd-post.d; cd /etc/shadow-maint/useradd-post.d; ' +
      'printf "#!/bin/sh\\nexit 0\\n" > any; chmod 755 any',
  )
})

it('are there before on neither machine, and after one run on both', async () => {
  assert.equal(await onBoth('getent passwd | grep -c "^user0" || true'), ['0\n', '0\n'])
  const told = await setup()
  assert.is(told.code, 0, told.summary)
  assert.equal(await onBoth('getent passwd | grep -c "^user0"'), [`${USERS}\n`, `${USERS}\n`])
})

it('are made by one call of useradd where nothing stands in the way, by one each elsewhere', async () => {
  assert.equal(
    await onBoth(CALLS),
    ['3\n', `${USERS}\n`],
    'one for the pass, and one for each of two with something of their own',
  )
})

for (const file of ['passwd', 'shadow', 'group', 'gshadow', 'subuid', 'subgid'])
  it(`have the same lines in ${file} as those that useradd made`, async () => {
    // Lists of members and ranges as sets: both depend on who came first. Salts of passwords are random.
    const look = `sed 's/[$][^:]*:/HASH:/' /etc/${file} | awk -F: -v file=${file} '
file ~ /^g/ {
  print $1, $2, $3
  count = split($4, all, ",")
  for (at = 1; at <= count; at++) print $1, "has", all[at]
  next
}
file ~ /^sub/ { print $1, $3; print "range", $2; next }
{ print }' | sort`
    const [one, other] = await onBoth(look)
    assert.ok(one.includes('user0060') || file.startsWith('g'), file)
    assert.is(one, other)
  })

it('leave the files of accounts with owners, modes and times as useradd leaves them', async () => {
  const [one, other] = await onBoth(
    'cd /etc; stat -c "%a %u %g %h %n" passwd shadow group gshadow subuid subgid; ' +
      'ls -A | grep -E "arena|[.](lock|edit)$" || true; ' +
      'find passwd shadow group gshadow subuid subgid -mmin +60; find /tmp -name "arena-*" | wc -l',
  )
  assert.is(one, other)
  assert.match(one, '0\n')
})

it('have homes as those have whom useradd made: all that is in skel, modes and owners', async () => {
  const [one, other] = await onBoth(
    'find /home "/srv/some where" -path "*/.kube/cache" -prune -o -printf "%P %m %U %G %y\\n" | sort; ' +
      'cat "/srv/some where/seven/deep/a b" "/home/user0030/deep/a b"',
  )
  assert.match(one, 'user0060/deep/a b 640 42060 42060 f')
  assert.match(one, 'user0060 700 42060 42060 d')
  assert.is(one, other)
})

it('are sound: pwck and grpck find the same on both machines', async () => {
  const [one, other] = await onBoth('pwck -r -q 2>&1 | sort; grpck -r 2>&1 | sort; true')
  assert.is(one, other)
})

it('let users in with their passwords, and the next run finds nothing to do', async () => {
  const [one, other] = await onBoth(
    'passwd -S user0010 | cut -d " " -f 1,2; passwd -S user0060 | cut -d " " -f 1,2',
  )
  assert.is(one, 'user0010 P\nuser0060 L\n')
  assert.is(one, other)
  assert.equal((await setup()).changes, [])
})

it.run()
