import { chmod, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { requireCommands, runProcess } from './command.ts'
import { exists } from './files.ts'

/** Debian's package of headers and the static library; nothing of it is installed. */
const PACKAGE = 'libseccomp-dev'

/** Go asks a program of this kind what a C library needs. */
const PKG_CONFIG = `#!/bin/sh
root=$(dirname "$0")
case $* in
  *--cflags*) echo "-I$root/usr/include" ;;
  *--libs*) echo "-L$(dirname "$root"/usr/lib/*/libseccomp.a) -lseccomp" ;;
esac
`

const unpack = async (root: string, cache: string): Promise<void> => {
  const work = await mkdtemp(join(cache, 'seccomp-'))
  try {
    const inWork = runProcess(PACKAGE, { cwd: work })
    // Or apt would drop to a user who may not write here.
    const get = ['-q', '-o', 'APT::Sandbox::User=root', 'download', PACKAGE]
    await inWork`apt-get ${get}`.catch(async () => {
      await inWork`apt-get -q update`
      await inWork`apt-get ${get}`
    })
    const archive = (await readdir(work)).find((name) => name.endsWith('.deb'))
    await inWork`dpkg-deb -x ${`./${archive}`} ${join(work, 'root')}`
    const program = join(work, 'root/pkg-config')
    await writeFile(program, PKG_CONFIG)
    await chmod(program, 0o755)
    await rename(join(work, 'root'), root)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** The environment in which Go builds a program with libseccomp in it, which is fetched first where it never was. */
export const withSeccomp = async (cache: string): Promise<Record<string, string>> => {
  await requireCommands({ gcc: 'gcc libc6-dev', 'apt-get': 'apt', 'dpkg-deb': 'dpkg' })
  const root = join(cache, PACKAGE)
  if (!(await exists(root))) await unpack(root, cache)
  return { CGO_ENABLED: '1', PKG_CONFIG: join(root, 'pkg-config') }
}
