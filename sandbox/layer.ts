import { createHash } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { writeSeed } from './client.ts'
import { requireCommands, runProcess } from './command.ts'
import { CRATES, prepareCrates } from './crates.ts'
import { exists } from './files.ts'
import { exclusive, PACKAGES_OF_THIS_MACHINE } from './lock.ts'
import { CHECKOUT } from './state.ts'
import { cacheDirectory, type Progress } from './tools.ts'
import type { Variant } from './variant.ts'

/** What a client machine is made of. */
export interface Layer {
  /** What it lies on: this machine's system, or nothing, where the archive holds a whole one. */
  lower: '/' | 'empty'
  archive: string
}

/** What a client machine has beyond this machine's own packages. */
const PACKAGES = ['openssh-server', 'sudo']

/** Files of this machine that the layer shadows: when one changes, the layer is made anew. */
const SHADOWED = ['os-release', 'passwd', 'group', 'shadow', 'gshadow'].map((name) => `/etc/${name}`)

/** A layer that is made by running a script in a machine that is thrown away. */
interface Recipe {
  title: string
  lower: Layer['lower']
  script: string
  args?: readonly string[]
  /** The directory whose changes are the layer; all of them by default. */
  part?: string
  /** What the machine is made of in which it is made. */
  on?: Layer
  /** Programs that are put into /usr/lib/uutils before. */
  programs?: readonly string[]
  /** What the layer depends on beyond this: when it changes, the layer is made anew. */
  key: string
}

/** An LDAP server, and what has the machine ask it who there is and who may log in. */
const LDAP_PACKAGES = ['ldap-utils', 'libnss-ldapd', 'libpam-ldapd', 'nslcd', 'slapd']

/** What the worker has: what makes its network, and busybox, which its image holds. */
const WORKER_PACKAGES = ['busybox-static', 'iproute2', 'ipset', 'iptables']

const thisSystem = async (packages: readonly string[]): Promise<string> => {
  const hash = createHash('sha256').update(packages.join(' '))
  for (const path of [...SHADOWED, '/var/lib/dpkg/status'])
    hash.update(`\0${path}\0`).update(await readFile(path).catch(() => ''))
  return hash.digest('hex')
}

const archiveOf = async ({ script, key, on }: Recipe): Promise<string> => {
  const text = await readFile(join(CHECKOUT, 'sandbox/machine', script))
  const hash = createHash('sha256')
    .update(text)
    .update(`\0${key}\0${on?.archive ?? ''}`)
  return join(cacheDirectory(), 'client-layer', `${hash.digest('hex').slice(0, 16)}.tar`)
}

/**
 * The layer of a variant's client machines: what installing their packages changes on this machine, or the root of
 * another release, and then the tools; each made once, in a machine that is thrown away, so that this one stays as it
 * is.
 */
export const prepareLayer = async ({ release, tools, ldap }: Variant, progress: Progress): Promise<Layer> => {
  const packages = [...PACKAGES, ...(ldap ? LDAP_PACKAGES : [])]
  const base = await (release === undefined
    ? preparedFromOwn(packages, progress)
    : prepared(other(release, packages), progress))
  if (tools === undefined) return base
  const crates = CRATES[tools]
  const programs = await prepareCrates(crates, progress)
  return prepared(
    {
      title: 'uutils and sudo-rs',
      lower: base.lower,
      script: 'uutils.sh',
      on: base,
      programs,
      key: JSON.stringify(crates),
    },
    progress,
  )
}

/** The layer of the worker: this machine's system and a few packages. */
export const prepareWorkerLayer = (progress: Progress): Promise<Layer> =>
  preparedFromOwn(WORKER_PACKAGES, progress)

const preparedFromOwn = (packages: readonly string[], progress: Progress): Promise<Layer> =>
  exclusive(PACKAGES_OF_THIS_MACHINE, async () => prepared(await ownSystem(packages), progress))

const ownSystem = async (packages: readonly string[]): Promise<Recipe> => ({
  title: packages.join(', '),
  lower: '/',
  script: 'packages.sh',
  args: packages,
  key: await thisSystem(packages),
})

const other = (release: string, packages: readonly string[]): Recipe => ({
  title: `Debian ${release}`,
  lower: 'empty',
  script: 'release.sh',
  args: [release, ...packages],
  part: 'release',
  key: [release, ...packages.slice(PACKAGES.length)].join(' '),
})

const prepared = async (recipe: Recipe, progress: Progress): Promise<Layer> => {
  const archive = await archiveOf(recipe)
  if (!(await exists(archive)))
    await exclusive(
      archive,
      async () => {
        if (!(await exists(archive))) await make(recipe, archive, progress)
      },
      () => progress('waiting for another run that makes the layer of the client machines'),
    )
  return { lower: recipe.lower, archive }
}

const make = async (
  { title, script, args = [], part = '', on = { lower: '/', archive: '' }, programs = [] }: Recipe,
  archive: string,
  progress: Progress,
): Promise<void> => {
  await requireCommands({ 'apt-get': 'apt' })
  progress(`machines: putting ${title} into a layer, once`)
  const begun = Date.now()
  await mkdir(join(cacheDirectory(), 'client-layer'), { recursive: true, mode: 0o700 })
  const home = await mkdtemp(join(tmpdir(), 'arena-sandbox-layer-'))
  try {
    await writeSeed(home, 'layer', {})
    const directory = join(home, 'seed/usr/lib/uutils')
    if (programs.length > 0) await mkdir(directory, { recursive: true, mode: 0o755 })
    for (const program of programs) await copyFile(program, join(directory, basename(program)))
    const layer = join(CHECKOUT, 'sandbox/machine/layer.sh')
    const made = [on.lower, on.archive, part, `${archive}.partial`, script, ...args]
    await runProcess('client machines')`unshare --mount --propagation private -- sh ${layer} ${home} ${made}`
    await rename(`${archive}.partial`, archive)
  } finally {
    await rm(home, { recursive: true, force: true })
  }
  progress(`machines: layer made in ${Math.round((Date.now() - begun) / 1000)} s`)
}
