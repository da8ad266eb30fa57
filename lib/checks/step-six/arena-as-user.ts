import { untrusted } from '../../base/printable.ts'
import type { Frame, FrameResult, HostConnection } from '../../connect/connection.ts'
import type { User } from '../../inventory/schema.ts'
import { asUser } from '../../linux/as-user.ts'
import { readFailure } from './arena-output.ts'

/** What a command of Arena said. */
export interface ArenaSaid {
  ok: boolean
  text: string
  /** Fit to be shown. */
  said: string
}

/** One command of Arena, as a user; the id tells it from the user's others. */
export interface ArenaCommand {
  user: User
  id: string
  args: readonly string[]
}

/**
 * A login shell would read the user's profile; this reads nothing of theirs but what Arena reads. What Arena leaves
 * in its directory for temporary files, as it does when a submission fails, goes with that directory.
 */
const ARENA = `HOME=$1 && export HOME && cd && shift && PATH=/usr/local/bin:/usr/bin:/bin && export PATH &&
TMPDIR=$(mktemp -d) && export TMPDIR || exit
trap 'cd / && rm -rf "$TMPDIR"' EXIT
trap 'exit 1' HUP INT PIPE TERM
arena "$@" 2>&1`

/** Seconds that one command of Arena may take: it renders and sends a job, and waits for none. */
const ARENA_SECONDS = 120

/**
 * Runs commands of Arena as users, all in one exec. What has begun is finished, whatever is told to stop: a submission
 * that goes on by itself on the machine would make a job after all were cleared away.
 */
export const arenaAs = async (
  commands: readonly ArenaCommand[],
  host: HostConnection,
  signal: AbortSignal,
): Promise<(user: User, id: string) => ArenaSaid> => {
  const frames = commands.map(
    ({ user, id, args }): Frame => ({
      id: `${user.name} ${id}`,
      script: asUser(user, ARENA, [user.home, ...args], ARENA_SECONDS),
    }),
  )
  const results = await host.run(frames, { signal: new AbortController().signal })
  signal.throwIfAborted()
  return ({ name }, id) => saidBy(results.get(`${name} ${id}`))
}

const saidBy = (result: FrameResult | undefined): ArenaSaid => {
  if (result?.state !== 'ran') return { ok: false, text: '', said: 'it was not run' }
  const text = result.stdout.toString('utf8')
  return { ok: result.code === 0, text, said: untrusted(readFailure(text)) }
}
