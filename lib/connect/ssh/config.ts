import { glob, readFile } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'
import SSHConfig from 'ssh-config'
import { unreadable, wrongSetting } from '../../base/errors.ts'
import { matchesList } from '../../base/patterns.ts'

/** What `ssh` would be asked for. */
export interface Asked {
  /** What `ssh` would be given: the host as the inventory or a jump list writes it. */
  address: string
  /** Another name of the same host, whose `Host` entries count too, but for their HostName. */
  name?: string | undefined
  /** The remote user when it is settled already. */
  user?: string | undefined
}

/** Options by keyword in lower case; the first value found counts, only IdentityFile collects. */
export type Options = ReadonlyMap<string, readonly string[]>

type Line = InstanceType<typeof SSHConfig>[number]

/** Where ssh_config files are read from: the user's and the system's, or one file instead, or none. */
const configFiles = (given: string | undefined): { path: string; required: boolean }[] => {
  if (given === 'none') return []
  if (given !== undefined) return [{ path: expandHome(given), required: true }]
  return [join(homedir(), '.ssh/config'), '/etc/ssh/ssh_config'].map((path) => ({ path, required: false }))
}

/** `~` as the home directory of whoever runs this. */
export const expandHome = (path: string): string =>
  path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path

/**
 * The options that ssh_config has for a host. An option that we could only ignore where ssh would act on it
 * (Match exec and the like) is an `inventory` error when it concerns this host.
 */
export const readOptions = async (asked: Asked, given?: string): Promise<Options> => {
  const reader = new Reader(asked)
  for (const { path, required } of configFiles(given)) await reader.readFile(path, required)
  return reader.options
}

const MAX_DEPTH = 16

class Reader {
  readonly options = new Map<string, string[]>()
  readonly #asked: Asked
  readonly #names: string[]
  #depth = 0

  constructor(asked: Asked) {
    this.#asked = asked
    this.#names = [asked.address, ...(asked.name === undefined ? [] : [asked.name])]
  }

  async readFile(path: string, required = false): Promise<void> {
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (error) {
      const failure = error as NodeJS.ErrnoException
      if (failure.code === 'ENOENT' && !required) return
      throw unreadable(path, failure, 'check the path; `sshConfig: none` reads no such file')
    }
    if (this.#depth === MAX_DEPTH)
      throw wrongSetting(path, 'is included too deeply', 'does it include itself?')
    this.#depth++
    await this.#walk(parse(text, path), path, true)
    this.#depth--
  }

  /** `byAddress`: whether the section was entered by what ssh would be given, not only by our other name for it. */
  async #walk(lines: readonly Line[], file: string, byAddress: boolean): Promise<void> {
    for (const line of lines) {
      if (line.type !== SSHConfig.DIRECTIVE) continue
      const keyword = line.param.toLowerCase()
      const values = typeof line.value === 'string' ? [line.value] : line.value.map(({ val }) => val)
      if ('config' in line) {
        const applies =
          'criteria' in line ? this.#matches(line.criteria, file) : matchesList(values, this.#names)
        const addressed = 'criteria' in line || matchesList(values, [this.#asked.address])
        if (applies) await this.#walk(line.config, file, byAddress && addressed)
      } else if (keyword === 'include') await this.#include(values, file)
      else if (keyword !== 'hostname' || byAddress) this.#set(keyword, values)
    }
  }

  #set(keyword: string, values: string[]): void {
    const known = this.options.get(keyword)
    if (known === undefined) this.options.set(keyword, values)
    else if (keyword === 'identityfile') this.options.set(keyword, [...new Set([...known, ...values])])
  }

  async #include(patterns: readonly string[], file: string): Promise<void> {
    const base = file.startsWith('/etc/ssh/') ? '/etc/ssh' : join(homedir(), '.ssh')
    for (const pattern of patterns) {
      const path = expandHome(pattern)
      const files = await Array.fromAsync(glob(isAbsolute(path) ? path : join(base, path)))
      for (const included of files.toSorted()) await this.readFile(included)
    }
  }

  #matches(criteria: Readonly<Record<string, unknown>>, file: string): boolean {
    const user = this.#asked.user ?? this.options.get('user')?.[0]
    const texts: Record<string, string[]> = {
      host: [this.options.get('hostname')?.[0] ?? this.#asked.address],
      originalhost: this.#names,
      user: [user ?? userInfo().username],
      localuser: [userInfo().username],
    }
    const unsupported: string[] = []
    for (const [criterion, value] of Object.entries(criteria)) {
      const negated = criterion.startsWith('!')
      const word = criterion.slice(negated ? 1 : 0).toLowerCase()
      const subject = texts[word]
      if (word === 'all') continue
      if (word === 'canonical') return false
      if (subject === undefined) unsupported.push(word)
      else if (matchesList(String(value).split(','), subject) === negated) return false
    }
    if (unsupported.length === 0) return true
    throw wrongSetting(
      file,
      `\`Match ${unsupported[0]}\` concerns ${this.#asked.address}, and only ssh itself can tell whether it applies`,
      "`connection: 'openssh'` in the inventory has this machine's own ssh connect; or write what it decides into " +
        'a `Host` entry',
    )
  }
}

const parse = (text: string, file: string): readonly Line[] => {
  try {
    return SSHConfig.parse(text)
  } catch (error) {
    throw wrongSetting(file, `cannot be understood: ${(error as Error).message}`, '`ssh -G <host>` says more')
  }
}
