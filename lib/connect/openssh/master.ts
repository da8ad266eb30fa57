import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newNonce } from '../host/become-root.ts'

/**
 * Shell that holds one ssh: it gets the password as the first line of its standard input, hands it on through a fifo,
 * and when its standard input ends, because we close it or are gone however that came, it ends ssh and removes the
 * directory.
 */
const GUARD = [
  'd=$1 w=',
  'shift',
  'IFS= read -r p || exit',
  '[ "$p" = "" ] || [ "$(command -v printf)" = printf ] || exit',
  'if [ "$p" ]; then',
  'mkfifo -m 600 "$d/password" || exit',
  `{ printf '%s\\n' "$p" >&3; } >/dev/null 2>&1 3>"$d/password" &`,
  'w=$!',
  'fi',
  'p=',
  '"$@" </dev/null &',
  's=$!',
  'echo "$s" >"$d/pid"',
  'exec >/dev/null 2>&1',
  'while read -r l; do :; done',
  'kill $s $w',
  'rm -rf "$d"',
].join('\n')

/** What ssh has said is kept up to here; it says a few lines for each command. */
const MOST_SAID = 256 * 1024

/** A path of a Unix socket may be 104 bytes long, and ssh adds some to it while it makes one. */
const LONGEST_DIR = 60

const ASKPASS = join(import.meta.dirname, 'askpass.sh')

/** One login by ssh, in the foreground, which other ssh processes send their commands through. */
export class Master {
  /** A directory of this login alone, mode 0700. */
  readonly dir: string
  /** Resolves with true once commands can be sent, with false when ssh has ended before. */
  readonly ready: Promise<boolean>
  /** Whether ssh has ended. */
  ended = false
  #said = ''
  readonly #guard: ChildProcessWithoutNullStreams

  private constructor(dir: string, args: readonly string[], password: string | undefined) {
    this.dir = dir
    const mark = newNonce()
    const more = [`LocalCommand=echo ${mark}`, 'PermitLocalCommand=yes'].flatMap((option) => ['-o', option])
    const [client, ...rest] = args
    // In a session of its own: Ctrl-C at the terminal reaches us and not the work in flight, and ssh has nobody to ask.
    this.#guard = spawn('/bin/sh', ['-c', GUARD, 'sh', dir, client!, '-S', this.socket, ...more, ...rest], {
      detached: true,
      env: {
        ...process.env,
        ...(password !== undefined && {
          SSH_ASKPASS: ASKPASS,
          SSH_ASKPASS_REQUIRE: 'force',
          ARENA_ASKPASS: dir,
        }),
      },
    })
    this.ready = this.#guard.stdin === undefined ? Promise.resolve(false) : this.#listen(mark)
    this.#guard.stdin?.on('error', () => {})
    this.#guard.stdin?.write(`${password ?? ''}\n`)
  }

  /** Starts ssh with these arguments, the path of the program first; rejects where this machine cannot. */
  static async start(
    argsIn: (dir: string) => readonly string[],
    pins: string | undefined,
    password: string | undefined,
  ): Promise<Master> {
    const parent = tmpdir().length > LONGEST_DIR ? '/tmp' : tmpdir()
    const dir = await mkdtemp(join(parent, 'arena-ssh-'))
    try {
      if (pins !== undefined) await writeFile(join(dir, 'pins'), pins, { mode: 0o600 })
      const master = new Master(dir, argsIn(dir), password)
      // Node makes no pipes for a program that it has no file descriptors for.
      if (master.#guard.stdin === undefined) throw (await once(master.#guard, 'error'))[0]
      return master
    } catch (error) {
      await rm(dir, { recursive: true, force: true })
      throw error
    }
  }

  get socket(): string {
    return join(this.dir, 's')
  }

  /** What ssh has said of itself; no remote program's words are among it. */
  get said(): string {
    return this.#said
  }

  /** Whether the server has asked for the password, and whether it has again. */
  get asked(): { once: boolean; again: boolean } {
    return { once: existsSync(join(this.dir, 'asked')), again: existsSync(join(this.dir, 'again')) }
  }

  /** Type and base64 of the host key that the server has shown. */
  async shownKey(): Promise<string | undefined> {
    return (await readFile(join(this.dir, 'shown'), 'utf8').catch(() => undefined))?.trim()
  }

  async close(): Promise<void> {
    const { exitCode, signalCode } = this.#guard
    const gone = exitCode !== null || signalCode !== null ? undefined : once(this.#guard, 'exit')
    this.#guard.stdin.end()
    await gone?.catch(() => {})
    this.#guard.stdout.destroy()
    this.#guard.stderr.destroy()
    // A guard that was killed cleans nothing up.
    await rm(this.dir, { recursive: true, force: true })
  }

  #listen(mark: string): Promise<boolean> {
    const ready = Promise.withResolvers<boolean>()
    let out = ''
    this.#guard.stdout.setEncoding('utf8').on('data', (text: string) => {
      out = (out + text).slice(-4096)
      if (out.includes(mark)) ready.resolve(true)
    })
    this.#guard.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-MOST_SAID)
    })
    const end = (): void => {
      this.ended = true
      ready.resolve(false)
    }
    this.#guard.stderr.on('end', end)
    this.#guard.on('error', end)
    return ready.promise
  }
}
