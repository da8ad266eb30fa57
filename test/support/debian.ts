import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const PACKAGES = {
  sshd: 'openssh-server',
  sudo: 'sudo',
  busybox: 'busybox',
  ssh: 'openssh-client',
  'ssh-agent': 'openssh-client',
  'ssh-add': 'openssh-client',
  'ssh-keygen': 'openssh-client',
}
const PLACES = ['usr/sbin', 'usr/bin']

export type Program = keyof typeof PACKAGES | 'shellcheck'

const packageOf = (program: Program): string => (program === 'shellcheck' ? program : PACKAGES[program])

export interface Debian {
  /** Where packages that this machine lacks are unpacked; undefined when it has everything. */
  root: string | undefined
  /** Absolute path of a program, on this machine or in `root`. */
  path(program: Program): string
}

/**
 * Programs that tests need: those of connections, if none are named. What is missing is downloaded by apt and unpacked,
 * not installed.
 */
export const debian = async (
  programs: readonly Program[] = Object.keys(PACKAGES) as Program[],
): Promise<Debian> => {
  const found = new Map(
    await Promise.all(programs.map(async (name) => [name, await find(name, '/')] as const)),
  )
  const missing = [...found].filter(([, path]) => path === undefined).map(([name]) => name)
  if (missing.length === 0) return { root: undefined, path: (program) => found.get(program)! }
  const root = await unpacked([...new Set(missing.map(packageOf))].toSorted())
  for (const program of missing) {
    const path = await find(program, root)
    if (path === undefined) throw new Error(`${packageOf(program)} has no ${program}`)
    found.set(program, path)
  }
  return { root, path: (program) => found.get(program)! }
}

const find = async (program: Program, root: string): Promise<string | undefined> => {
  for (const place of PLACES) {
    const path = join(root, place, program)
    if (await exists(path)) return path
  }
  return undefined
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** Unpacked once per set of packages; a half-made directory is never taken for a whole one. */
const unpacked = async (packages: readonly string[]): Promise<string> => {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'arena-playbooks')
  const root = join(cache, `debian-${packages.join('-')}`)
  if (await exists(root)) return root
  await mkdir(cache, { recursive: true })
  const work = await mkdtemp(join(cache, 'debian-'))
  try {
    const archives = await download(packages, work)
    const tree = join(work, 'root')
    await mkdir(join(tree, 'etc'), { recursive: true })
    await mkdir(join(tree, 'usr'))
    // With these links in place all files land under usr, as on a machine with a merged /usr.
    await run('ln', ['-s', 'usr/bin', 'usr/sbin', 'usr/lib', tree])
    await run(
      'mkdir',
      ['bin', 'sbin', 'lib'].map((name) => join(tree, 'usr', name)),
    )
    const unpack =
      'cd "$1"; shift; for deb; do dpkg-deb --fsys-tarfile "$deb" | tar -xp --keep-directory-symlink; done'
    await run('sh', ['-ec', unpack, 'sh', tree, ...archives])
    await rename(tree, root).catch((error: unknown) => exists(root).then((made) => made || raise(error)))
    return root
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const raise = (error: unknown): never => {
  throw error
}

const download = async (packages: readonly string[], work: string): Promise<string[]> => {
  const archives = join(work, 'archives')
  await mkdir(join(archives, 'partial'), { recursive: true })
  const get = ['install', '--yes', '--download-only', '--no-install-recommends']
  const fetch = () => run('apt-get', [...get, '-o', `Dir::Cache::archives=${archives}`, ...packages])
  await fetch().catch(async () => {
    await run('apt-get', ['update'])
    await fetch()
  })
  const files = await readdir(archives)
  return files.filter((file) => file.endsWith('.deb')).map((file) => join(archives, file))
}
