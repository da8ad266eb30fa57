import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

/** Code blocks by the words after the fence's language: a file's path, or what it is. */
export const blocksOf = async (file: string): Promise<Map<string, string>> => {
  const text = await readFile(file, 'utf8')
  return new Map([...text.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)].map(([, name, code]) => [name!, code!]))
}

/** A checkout with the files that README and docs show in it. */
export const withExamples = async (during: (directory: string) => Promise<void>): Promise<void> => {
  const directory = await mkdtemp(join(tmpdir(), 'arena-readme-'))
  try {
    for (const shared of [
      'lib',
      'inventory',
      'node_modules',
      'package.json',
      'test/support',
      'test/run.ts',
    ]) {
      await mkdir(dirname(join(directory, shared)), { recursive: true })
      await symlink(resolve(shared), join(directory, shared))
    }
    const blocks = await Promise.all(['README.md', 'docs/writing-a-playbook.md'].map(blocksOf))
    for (const [name, code] of blocks.flatMap((of) => [...of])) {
      if (!name.endsWith('.ts')) continue
      await mkdir(dirname(join(directory, name)), { recursive: true })
      await writeFile(join(directory, name), code)
    }
    await during(directory)
  } finally {
    await rm(directory, { recursive: true })
  }
}
