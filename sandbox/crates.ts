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

interface Crate {
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

/** Each with the lock file that its crate carries: coreutils as Ubuntu 26.04 has it, the others as new as they come. */
const CRATES: Readonly<Record<string, Crate>> = {
  coreutils: { version: '0.8.0', binaries: ['coreutils'], features: COREUTILS },
  findutils: { version: '0.11.0', binaries: ['find', 'xargs'] },
  'sudo-rs': { version: '0.2.15', binaries: ['sudo'] },
}

/** What tells this set of tools from another one. */
export const CRATES_KEY = JSON.stringify(CRATES)

/** Small and quick to build: nobody waits for what these do. */
const PROFILE = Object.fromEntries(
  Object.entries({ LTO: 'off', OPT_LEVEL: '1', CODEGEN_UNITS: '16', DEBUG: '0', PANIC: 'unwind' }).map(
    ([key, value]) => [`CARGO_PROFILE_RELEASE_${key}`, value],
  ),
)

const directoryOf = (name: string): string => join(cacheDirectory(), `${name}-${CRATES[name]!.version}`)

const requireCargo = async (names: readonly string[]): Promise<void> => {
  await requireCommands({ cc: 'gcc' })
  if ((await $({ nothrow: true, quiet: true })`cargo --version`).ok) return
  throw new AutomationError({
    code: 'command',
    subject: 'cargo',
    message: `there is no Rust toolchain to build ${names.join(', ')}`,
    hint:
      'install Rust 1.88 or newer and put cargo in PATH, or copy from another machine: ' +
      `${names.map(directoryOf).join(' ')}`,
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

const make = async (name: string, pam: string): Promise<void> => {
  const { version, features } = CRATES[name]!
  const partial = `${directoryOf(name)}.partial`
  const chosen = features === undefined ? [] : ['--no-default-features', '--features', features]
  const env = { ...process.env, ...PROFILE, RUSTFLAGS: `-L native=${pam}` }
  await rm(partial, { recursive: true, force: true })
  await runProcess(`${name} ${version}`, {
    env,
  })`nice -n 19 cargo install --locked --quiet --root ${partial} --version ${version} ${chosen} ${name}`
  await rename(partial, directoryOf(name))
}

const isMissing = async (name: string): Promise<boolean> => {
  const paths = CRATES[name]!.binaries.map((binary) => join(directoryOf(name), 'bin', binary))
  return !(await Promise.all(paths.map((path) => exists(path, constants.X_OK)))).every(Boolean)
}

/** The binaries of all crates, built once: minutes the first time. */
export const prepareCrates = async (progress: Progress): Promise<string[]> => {
  const missing: string[] = []
  for (const name of Object.keys(CRATES)) if (await isMissing(name)) missing.push(name)
  if (missing.length > 0) await exclusive(`${cacheDirectory()} crates`, () => build(missing, progress))
  return Object.entries(CRATES).flatMap(([name, { binaries }]) =>
    binaries.map((binary) => join(directoryOf(name), 'bin', binary)),
  )
}

const build = async (names: readonly string[], progress: Progress): Promise<void> => {
  await requireCargo(names)
  const pam = await linkPam()
  try {
    for (const name of names) {
      if (!(await isMissing(name))) continue
      const begun = Date.now()
      progress(`${name} ${CRATES[name]!.version}: building, once`)
      await make(name, pam)
      progress(`${name}: built in ${Math.round((Date.now() - begun) / 1000)} s`)
    }
  } finally {
    await rm(pam, { recursive: true })
  }
}
