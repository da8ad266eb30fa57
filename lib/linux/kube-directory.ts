import type { Secret } from '../base/secret.ts'
import { type Script, sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import { type Answers, type Change, type FieldDiff, type Probe, refuse, type Step } from '../resource/type.ts'
import { inOrder } from './accounts.ts'
import { asUser } from './as-user.ts'
import { filesScript, readFiles } from './files-of-users.ts'
import { machineProbe, readMachine } from './machine.ts'
import { type Mount, mountsProbe, readMounts } from './mounts.ts'
import { type PathInfo, readPaths, statScript } from './paths.ts'
import { placeOf } from './place.ts'

/** Whose `~/.kube` it is; his private group has the same id as he. */
export interface KubeOwner {
  user: string
  uid: number
  home: string
}

/** What lies on the way to a user's kubeconfig, links not followed. */
export interface DotKube {
  home: PathInfo | undefined
  directory: PathInfo | undefined
  config: PathInfo | undefined
  /** The file's bytes, and who owned it when they were read; undefined without a file that could be read. */
  content: { bytes: Buffer; uid: number } | undefined
  /** What is mounted on the directory or on the file: nothing else is told then. */
  mount: Mount | undefined
  /** Where the home is kept: equal on all machines that have it. */
  place: string | undefined
}

/** Bytes of the largest kubeconfig that is read. */
const LIMIT = 262_144

const MOUNTS = 'mounts at kube directories'
const directoryIn = (home: string): string => `${home}/.kube`
const configIn = (home: string): string => `${directoryIn(home)}/config`

/** Reads `~/.kube` of these homes and of all members of a group. */
export const dotKubeProbes = (homes: readonly string[], group: string): Probe[] =>
  probesOf(
    sh`{
printf '%s\\n' ${homes}
awk -F: -v group=${group} '
FILENAME == "/etc/group" { if ($1 == group) members = members "," $4 ","; next }
index(members, "," $1 ",") { print $6 }' /etc/group /etc/passwd
}`,
    homes,
  )

/** Reads `~/.kube` of every local account with a uid in this range. */
export const dotKubeProbesOfAll = ({ min, max }: { min: number; max: number }): Probe[] =>
  probesOf(sh`awk -F: -v min=${min} -v max=${max} '$3 >= min && $3 <= max { print $6 }' /etc/passwd`)

/**
 * Reads below the homes that `homes` prints, in a few processes. Only plain files are opened, never a pipe or a link.
 */
const probesOf = (homes: Script, known: readonly string[] = []): Probe[] => {
  const list = sh`${homes} | awk '/^\\/./ && !/\\\\|\\/\\.\\.?(\\/|$)/ && !seen[$0]++ { print; print $0 "/.kube"; print $0 "/.kube/config" }'`
  return [
    { id: 'kube directories', script: statScript(list) },
    mountsProbe(MOUNTS, known),
    machineProbe,
    {
      id: 'kubeconfigs',
      script: filesScript(
        sh`${list} | tr '\\n' '\\0' | xargs -0 -r stat -c '%f %h %s %n' 2>/dev/null |
awk '
{ info = $1 " " $2 " " $3; path = substr($0, length(info) + 2); above = path; sub(/\\/[^\\/]*$/, "", above) }
$1 ~ /^4...$/ && (path !~ /\\/[.]kube$/ || above in directories) { directories[path] }
$1 ~ /^8...$/ && $2 == 1 && $3 <= ${LIMIT} && above in directories { print $3, "." path }'`,
        LIMIT,
      ),
    },
  ]
}

/** The answers to `dotKubeProbes` or `dotKubeProbesOfAll`, by home. */
export const readDotKube = (answers: Answers): ((home: string) => DotKube) => {
  const at = readPaths(answers, 'kube directories')
  const mounts = readMounts(answers, MOUNTS)
  const machine = readMachine(answers)
  const files = new Map(
    readFiles(answers.bytes('kubeconfigs'), LIMIT).map((file) => [file.path.slice(1), file]),
  )
  return (home) => {
    const real = mounts.real(home)
    const mount = mounts
      .within(directoryIn(real))
      .find(({ point }) => point === directoryIn(real) || point === configIn(real))
    const place = placeOf(home, mounts, machine)
    if (mount !== undefined) return { ...NOTHING, mount, place }
    const config = at(configIn(home))
    const file = files.get(configIn(home))
    return {
      home: at(home),
      directory: at(directoryIn(home)),
      config,
      content: file && file.uid === config?.uid ? { bytes: file.content, uid: file.uid } : undefined,
      mount,
      place,
    }
  }
}

const NOTHING = { home: undefined, directory: undefined, config: undefined, content: undefined }

/** Refuses what was put there instead of a directory and a file of the user or root, or mounted there. */
export const dotKubeObstacle = (
  { user, uid, home }: KubeOwner,
  { home: top, directory, config, content, mount }: DotKube,
): Change | undefined => {
  if (mount !== undefined)
    return refuse(
      `${mount.point} is a mount point: what is there is not ${user}'s alone`,
      `see what is mounted there (findmnt ${mount.point}) and unmount it: umount ${mount.point}`,
    )
  const way = [
    [home, top, 'directory'],
    [directoryIn(home), directory, 'directory'],
    [configIn(home), config, 'file'],
  ] as const
  for (const [path, info, type] of way) {
    if (info === undefined) continue
    if (info.type !== type)
      return refuse(
        `${path} is a ${info.type}`,
        `see what it is (ls -ld ${path}), save what is needed, remove it as ${user} and run again`,
      )
    if (info.uid !== uid && info.uid !== 0)
      return refuse(
        `${path} belongs to uid ${info.uid}`,
        `find out why; if it is ${user}'s: chown -h ${uid}:${uid} ${path}, otherwise move it away`,
      )
  }
  if (config === undefined) return undefined
  if (config.links > 1)
    return refuse(
      `${configIn(home)} has ${config.links} hard links`,
      `find the others (find / -xdev -samefile ${configIn(home)}), then remove this one as ${user}`,
    )
  if (config.size > LIMIT)
    return refuse(
      `${configIn(home)} is larger than ${LIMIT / 1024} KiB`,
      `that is no kubeconfig: look at it and move it away`,
    )
  if (content === undefined)
    return refuse(
      `${configIn(home)} could not be read`,
      `somebody may have been writing it: run again; reading takes tar on the host`,
    )
  return undefined
}

/** Refuses a file that would be lost if it were written anew; `fault` says why. */
export const notKubeconfig = (user: string, fault = 'it cannot be written anew'): Change =>
  refuse(
    `~/.kube/config cannot be read as a kubeconfig: ${fault}`,
    `mend it, or move it away as ${user}: mv ~/.kube/config ~/.kube/config.broken`,
  )

/** What differs from a directory and a file that are the user's alone. */
export const dotKubeDifferences = ({ user }: KubeOwner, { directory, config }: DotKube): FieldDiff[] => [
  ...(directory?.uid === 0 ? [{ field: '.kube owner', from: 'root', to: user }] : []),
  ...(directory !== undefined && directory.mode !== '0700'
    ? [{ field: '.kube mode', from: directory.mode, to: '0700' }]
    : []),
  ...(config?.uid === 0 ? [{ field: 'owner', from: 'root', to: user }] : []),
  ...(config !== undefined && config.mode !== '0600'
    ? [{ field: 'mode', from: config.mode, to: '0600' }]
    : []),
]

/** Whether the user himself can read the file as it lies there. */
export const isLegible = ({ uid }: KubeOwner, { directory, config }: DotKube): boolean =>
  config?.uid === uid || (forOthers(config, 4) && (directory?.uid === uid || forOthers(directory, 1)))

const forOthers = (info: PathInfo | undefined, bit: number): boolean =>
  info !== undefined && (Number.parseInt(info.mode, 8) & bit) !== 0

/**
 * What the file must still be when it is written: `absent`, the digest of its bytes, or root's: `unseen` by the
 * user and replaced, or put `aside` where only root can read it.
 */
export type Before = 'absent' | 'unseen' | 'aside' | Secret

/**
 * Runs as the user, in the home, with what must be there before and the new text on standard input: whatever the user
 * did to the path meanwhile, it cannot reach beyond the user's own rights. Where several machines have the home,
 * another may have written the same; the new file comes first, as making it has a network file system look again.
 */
const WRITE = String(shellFile(new URL('./scripts/write-kubeconfig.sh', import.meta.url)))

/** Writes the user's kubeconfig, as the user, beside the old one, and renames it; an empty text takes it away. */
export const writeConfig = (
  owner: KubeOwner,
  { directory }: DotKube,
  before: Before,
  text: Secret,
): Step[] => {
  const { user: name, uid, home } = owner
  const write = sh`printf '%s\\n%s' ${before} ${text} | {\n${asUser({ name, uid }, WRITE, [home, String(LIMIT + 1)])}\n} >/dev/null`
  return directory?.uid === 0 ? inOrder(handOver(owner), write) : inOrder(write)
}

/** Runs as the user, with his kubeconfig alone, and writes nothing; `kubectl` keeps its cache where nobody can. */
const TRY = String(shellFile(new URL('./scripts/try-kubeconfig.sh', import.meta.url)))

/**
 * Asks the cluster for each context's namespace with the file as it is now: whether it works, not only what it says.
 */
export const tryConfig = (
  { user: name, uid, home }: KubeOwner,
  contexts: readonly { name: string; namespace: string }[],
): Step[] =>
  inOrder(
    sh`(\n${asUser({ name, uid }, TRY, [
      home,
      ...contexts.map(({ name: context, namespace }) => `${context}/${namespace}`),
    ])}\n)`,
  )

/**
 * Gives root's `.kube` to the user by standing in it, so that nothing can be put in its place in between. The kernel
 * says which mount it is on: something mounted there since it was looked at is left alone.
 */
const handOver = ({ uid, home }: KubeOwner): Script => sh`{\n${HAND_OVER}\nhand_over ${home} ${uid}\n}`

const HAND_OVER = shellFile(new URL('./scripts/hand-over.sh', import.meta.url))
