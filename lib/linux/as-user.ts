import { type Script, sh } from '../shell.ts'

/**
 * Runs a text for `sh -c`, with arguments from $1, as a user with all his groups, and becomes it. Standard input is passed on; no
 * profile of his is read. His private group has the same id as he.
 */
export const asUser = (
  { name, uid }: { name: string; uid: number },
  program: string,
  args: readonly string[],
): Script =>
  sh`if [ -x /usr/bin/setpriv ] && [ ! -L /usr/bin/setpriv ]; then
  exec /usr/bin/setpriv --reuid=${uid} --regid=${uid} --init-groups sh -c ${program} as-user ${args}
elif command -v runuser >/dev/null; then exec runuser -u ${name} -- sh -c ${program} as-user ${args}
else exec su -s /bin/sh ${name} -c ${program} as-user ${args}
fi`
