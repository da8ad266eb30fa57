import { type Script, sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import { atWork } from '../connect/host/host-lock.ts'
import { ARCHIVES, baseOf } from './archive.ts'
import type { Departed } from './departed.ts'
import { unmountedFunction } from './mounts.ts'
import { scatteredFunctions } from './scattered.ts'

const FREEZE = String(shellFile(new URL('./scripts/freeze-directory.sh', import.meta.url)))
const FUNCTIONS = shellFile(new URL('./scripts/departed-files.sh', import.meta.url))

/**
 * Archives a home and what lies elsewhere, whole and on the disk before anything is deleted, then deletes both, and
 * fails with what cannot be deleted. Nothing is touched while something is mounted in the home; what is mounted later
 * is not seen from the namespace where this goes on, where the machine can make one. Nobody can change anything in the
 * home meanwhile, whoever stands in it or has it open.
 */
export const filesScript = (departed: Departed, home: string | undefined): Script =>
  sh`text=${String(archiving(departed, home))}
if unshare -m --propagation private true 2>/dev/null; then exec unshare -m --propagation private sh -c "$text"; fi
eval "$text"`

const archiving = (departed: Departed, home: string | undefined): Script => sh`umask 077
unset TAR_OPTIONS GZIP POSIXLY_CORRECT
home=${home ?? ''} base=${baseOf(departed)} new=${`${baseOf(departed)}.new`} archives=${ARCHIVES} freeze=${FREEZE}
# Another machine that has the same homes may have been here before; after a new name NFS looks again at what is there.
[ -z "$home" ] || rmdir -- "$(mktemp -d "\${home%/*}/.arena-XXXXXX")"
[ -d "$home" ] || home=
${unmountedFunction}
${scatteredFunctions(departed)}
${FUNCTIONS}
trap 'rm -f -- "$new"; unstaged' EXIT
trap 'exit 1' HUP INT PIPE TERM
${atWork(`it archives what ${departed.name} left (${home ?? 'no home'})`)}
archive_and_delete`
