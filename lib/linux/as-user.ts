import { type Script, sh } from '../shell.ts'

/**
 * Runs a text for `sh -c`, with arguments from $1, as a user with all his groups, and becomes it. Standard input is passed on; no
 * profile of his is read. His private group has the same id as he.
 */
export const asUser = (
  { name, uid }: { name: string; uid: number },
  program: string,
  args: readonly string[],
): Script => sh`set -- ${program} as-user ${args}\n${become(sh`${name}`, sh`${uid}`)}`

/** The same with the name, the uid and a command to start from as words of shell; the text and its arguments are "$@". */
export const become = (name: Script, uid: Script, through = sh``): Script =>
  sh`if [ -x /usr/bin/setpriv ] && [ ! -L /usr/bin/setpriv ]; then
  exec ${through}/usr/bin/setpriv --reuid=${uid} --regid=${uid} --init-groups sh -c "$@"
elif command -v runuser >/dev/null; then exec ${through}runuser -u ${name} -- sh -c "$@"
else exec ${through}su -s /bin/sh ${name} -c "$@"
fi`
