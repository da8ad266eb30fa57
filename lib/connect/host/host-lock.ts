import { type Script, sh } from '../../base/shell.ts'

/** Exit status when what is at work on the machine did not end in time. */
export const BUSY = 95

const LOCK = '/run/arena-playbooks.lock'
const MOST_SECONDS = 30

/**
 * Shell that waits for its turn on a machine, which lasts until the shell ends: a change goes alone, looks go side by
 * side. A run that was killed leaves the step it was at going on there, and the next must neither plan nor work beside
 * it. A look leaves no file and goes on after the wait all the same; where there is no flock nobody waits. Waiting is
 * silent, so it ends at half of `timeoutMs`, the limit of silence: what is at work there is known then, and told.
 */
export const turnFor = (deed: 'change' | 'look', timeoutMs: number): string => {
  const seconds = Math.min(MOST_SECONDS, Math.floor(timeoutMs / 2000))
  const [there, open, take, late] =
    deed === 'change'
      ? [`[ -w /run ]`, `9<>${LOCK}`, 'flock -n 9', `{ cat <&9 >&2; exit ${BUSY}; }`]
      : [`[ -f ${LOCK} ]`, `9<${LOCK}`, 'flock -ns 9', 'break']
  return [
    `if ${there} && command -v flock >/dev/null; then exec ${open}`,
    `_waited=0`,
    `until ${take}; do [ $_waited -lt ${seconds} ] || ${late}; _waited=$((_waited + 1)); sleep 1; done`,
    ...(deed === 'change' ? [`: > ${LOCK}`] : []),
    'fi;',
  ].join('; ')
}

/** Shell that says what it is at, to whoever waits in vain for a turn after the run that began it is gone. */
export const atWork = (words: string): Script =>
  sh`[ ! -w ${LOCK} ] || echo ${words}, since "$(date '+%F %T')" > ${LOCK}`
