import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, copyFile, cp, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { runProcess } from './command.ts'
import { exists, replaceFile } from './files.ts'
import { exclusive } from './lock.ts'
import { toolVersion } from './tool-list.ts'
import { cacheDirectory, type Progress, type Tools } from './tools.ts'

/** What the archive holds, named as in Arena's own installer, and the tool it comes from. */
const CONTENT: Record<string, string> = {
  'bin/arena': 'arena',
  'bin/kubectl': 'kubectl',
  'bin/helm': 'helm',
  'bin/arena-gen-kubeconfig.sh': 'arena-gen-kubeconfig.sh',
  'bin/arena-uninstall': 'arena-uninstall',
  charts: 'charts',
  'arena-artifacts': 'arena-artifacts',
  'install.sh': 'install.sh',
}

const contentKey = async (tools: Tools): Promise<string> => {
  const hash = createHash('sha256')
  for (const name of Object.values(CONTENT)) {
    const { size, mtimeMs } = await stat(tools(name))
    hash.update(`${name} ${tools(name)} ${size} ${mtimeMs}\n`)
  }
  return hash.digest('hex').slice(0, 16)
}

const pack = async (top: string, archive: string, tools: Tools): Promise<void> => {
  const work = `${archive}.work`
  await rm(work, { recursive: true, force: true })
  await mkdir(join(work, top, 'bin'), { recursive: true })
  for (const [path, name] of Object.entries(CONTENT))
    await cp(tools(name), join(work, top, path), { recursive: true })
  for (const name of await readdir(join(work, top, 'bin'))) await chmod(join(work, top, 'bin', name), 0o755)
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--mode=u+w,go=rX']
  await runProcess('arena installer', {
    cwd: work,
  })`tar ${same} --format=gnu -c ${top} | gzip -n > ${archive}.partial`
  await rm(work, { recursive: true })
  await rename(`${archive}.partial`, archive)
}

const digest = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}

/**
 * Puts an installer archive in the layout of Arena's own, and its checksum, into the directory; the same parts give
 * the same bytes. Arena's own also holds kubectl-rbg, which only its rbg serving type needs.
 */
export const packArena = async (
  directory: string,
  tools: Tools,
  progress: Progress,
): Promise<{ version: string; archive: string; sha256: string }> => {
  const version = await toolVersion('arena')
  const top = `arena-installer-${version}-linux-${process.arch === 'x64' ? 'amd64' : process.arch}`
  const cache = join(cacheDirectory(), `arena-installer-${version}`)
  const packed = join(cache, `${await contentKey(tools)}.tar.gz`)
  await exclusive(packed, async () => {
    if (await exists(packed)) return
    progress(`${top}.tar.gz: packing, once`)
    await mkdir(cache, { recursive: true })
    await pack(top, packed, tools)
    await replaceFile(`${packed}.sha256`, `${await digest(packed)}  ${top}.tar.gz\n`, 0o644)
  })
  const archive = join(directory, `${top}.tar.gz`)
  if (!(await exists(archive))) {
    await copyFile(`${packed}.sha256`, `${archive}.sha256`)
    await copyFile(packed, `${archive}.partial`)
    await rename(`${archive}.partial`, archive)
  }
  const [sha256 = ''] = (await readFile(`${archive}.sha256`, 'utf8')).split(' ')
  return { version, archive, sha256 }
}
