import { constants } from 'node:fs'
import { mkdtemp, rename, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $ } from 'zx'
import { AutomationError } from '../lib/base/errors.ts'
import { requireCommands, runProcess } from './command.ts'
import { exists } from './files.ts'
import { exclusive } from './lock.ts'
import { cacheDirectory, type Progress } from './tools.ts'
import type { Variant } from './variant.ts'

export interface Crate {
  name: string
  version: string
  binaries: readonly string[]
  /** What it is built of, where that is not all. */
  features?: string
}

/** What scripts call; building all of coreutils takes three times as long. */
const COREUTILS =
  'base64 basename cat chgrp chmod chown chroot cksum comm cp cut date dd df dirname du echo env expr false fold ' +
  'groups head id install join kill link ln ls md5sum mkdir mkfifo mknod mktemp mv nice nl nohup nproc od paste ' +
  'printenv printf pwd readlink realpath rm rmdir seq sha1sum sha256sum sha512sum sleep sort split stat stty sync ' +
  'tac tail tee test timeout touch tr true truncate tty uname uniq unlink wc whoami yes'

/** Each is built with the lock file that it carries. */
const coreutils = (version: string): Crate => ({
  name: 'coreutils',
  version,
  binaries: ['coreutils'],
  features: COREUTILS,
})

const OTHERS: readonly Crate[] = [
  { name: 'findutils', version: '0.11.0', binaries: ['find', 'xargs'] },
  { name: 'sudo-rs', version: '0.2.15', binaries: ['sudo'] },
]

/** What each set of tools is built from. */
export const CRATES: Readonly<Record<NonNullable<Variant['tools']>, readonly Crate[]>> = {
  uutils: [coreutils('0.8.0'), ...OTHERS],
  'uutils-0.12': [coreutils('0.12.0'), ...OTHERS],
}

/** Small and quick to build: nobody waits for what these do. */
const PROFILE = Object.fromEntries(
  Object.entries({ LTO: 'off', OPT_LEVEL: '1', CODEGEN_UNITS: '16', DEBUG: '0', PANIC: 'unwind' }).map(
    ([key, value]) => [`CARGO_PROFILE_RELEASE_${key}`, value],
  ),
)

const directoryOf = ({ name, version }: Crate): string => join(cacheDirectory(), `${name}-${version}`)

const requireCargo = async (crates: readonly Crate[]): Promise<void> => {
  await requireCommands({ cc: 'gcc' })
  if ((await $({ nothrow: true, quiet: true })`cargo --version`).ok) return
  throw new AutomationError({
    code: 'command',
    subject: 'cargo',
    message: `there is no Rust toolchain to build ${crates.map(({ name }) => name).join(', ')}`,
    hint:
      'install Rust 1.88 or newer and put cargo in PATH, or copy from another machine: ' +
      `${crates.map(directoryOf).join(' ')}`,
  })
}

/** A directory where the linker finds PAM, of which a machine without its headers has the library alone. */
const linkPam = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'arena-sandbox-pam-'))
  await symlink(
    (await runProcess('libpam')`cc -print-file-name=libpam.so.0`).trim(),
    join(directory, 'libpam.so'),
  )
  return directory
}

const make = async (crate: Crate, pam: string): Promise<void> => {
  const { name, version, features } = crate
  const partial = `${directoryOf(crate)}.partial`
  const chosen = features === undefined ? [] : ['--no-default-features', '--features', features]
  const env = { ...process.env, ...PROFILE, RUSTFLAGS: `-L native=${pam}` }
  await rm(partial, { recursive: true, force: true })
  await runProcess(`${name} ${version}`, {
    env,
  })`nice -n 19 cargo install --locked --quiet --root ${partial} --version ${version} ${chosen} ${name}`
  await rename(partial, directoryOf(crate))
}

const binariesOf = (crate: Crate): string[] =>
  crate.binaries.map((binary) => join(directoryOf(crate), 'bin', binary))

const isMissing = async (crate: Crate): Promise<boolean> => {
  const paths = binariesOf(crate)
  return !(await Promise.all(paths.map((path) => exists(path, constants.X_OK)))).every(Boolean)
}

/** The binaries of these crates, built once: minutes the first time. */
export const prepareCrates = async (crates: readonly Crate[], progress: Progress): Promise<string[]> => {
  const missing: Crate[] = []
  for (const crate of crates) if (await isMissing(crate)) missing.push(crate)
  if (missing.length > 0) await exclusive(`${cacheDirectory()} crates`, () => build(missing, progress))
  return crates.flatMap(binariesOf)
}

const build = async (crates: readonly Crate[], progress: Progress): Promise<void> => {
  await requireCargo(crates)
  const pam = await linkPam()
  try {
    for (const crate of crates) {
      if (!(await isMissing(crate))) continue
      const begun = Date.now()
      progress(`${crate.name} ${crate.version}: building, once`)
      await make(crate, pam)
      progress(`${crate.name}: built in ${Math.round((Date.now() - begun) / 1000)} s`)
    }
  } finally {
    await rm(pam, { recursive: true })
  }
}
