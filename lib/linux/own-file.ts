import type { Secret } from '../base/secret.ts'
import { type Script, sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import type { AccountsFrom } from '../conventions/names.ts'
import { type Answers, type Change, type Probe, refuse, type Step } from '../resource/type.ts'
import { inOrder } from './accounts.ts'
import { asUser, primaryGroup } from './as-user.ts'
import { type AskedOfDirectory, peopleIn } from './directory.ts'
import { readFiles, readScript } from './files-of-users.ts'
import { machineProbe, readMachine } from './machine.ts'
import { type Mount, mountsProbe, readMounts } from './mounts.ts'
import { type PathInfo, readPaths, statScript } from './paths.ts'
import { storageOf } from './place.ts'

/** A file that each user has in a directory of their home, and of which we write a part. */
export interface OwnFile {
  /** Below the home, such as `.kube`. */
  directory: string
  name: string
  /** Bytes of the largest that is read. */
  limit: number
  /** Names of its probes: what lies there, what is mounted there, and the files themselves. */
  probes: { paths: string; mounts: string; files: string }
  /** Whether the directory becomes 0700 when the file is written. */
  closes: boolean
}

/** Whose file it is. */
export interface FileOwner {
  user: string
  uid: number
  home: string
  /** Of a directory's account the machine knows the primary group; others have a private one with their own id. */
  accounts?: AccountsFrom | undefined
}

/** What lies on the way to the file in one home, links not followed. */
export interface SeenFile {
  home: PathInfo | undefined
  directory: PathInfo | undefined
  file: PathInfo | undefined
  /** The file's bytes, and who owned it when they were read; undefined without a file that could be read. */
  content: { bytes: Buffer; uid: number } | undefined
  /** What is mounted on the directory or on the file: nothing else is told then. */
  mount: Mount | undefined
  /** Where the home is kept: equal on all machines that have it. */
  place: string | undefined
}

const directoryIn = ({ directory }: OwnFile, home: string): string => `${home}/${directory}`
const pathIn = (of: OwnFile, home: string): string => `${directoryIn(of, home)}/${of.name}`

const HOMES = shellFile(new URL('./scripts/print-homes.sh', import.meta.url))

/** Prints these homes and those of all members of a group. */
export const homesOf = (homes: readonly string[], group: string): Script =>
  sh`{\n${HOMES}\nhomes_of ${group} ${homes}\n}`

/** Ids from one to another. */
export interface IdRange {
  min: number
  max: number
}

/** Prints the homes of every local account with a uid in this range, and of people of a directory. */
export const homesOfAll = ({ min, max }: IdRange, asked: AskedOfDirectory): Script => sh`{
awk -F: -v min=${min} -v max=${max} '$3 >= min && $3 <= max { print $6 }' /etc/passwd
${peopleIn(asked)} | cut -d : -f 6
}`

const LISTS = shellFile(new URL('./scripts/own-files.sh', import.meta.url))

/**
 * Reads the file below the homes that `homes` prints, in a few processes. Only plain files are opened, never a pipe or
 * a link.
 */
export const ownFileProbes = (of: OwnFile, homes: Script, known: readonly string[] = []): Probe[] => {
  const { directory, name, limit, probes } = of
  const list = sh`${homes} | {\n${LISTS}\nown_paths ${directory} ${name}\n}`
  return [
    { id: probes.paths, script: statScript(list) },
    mountsProbe(probes.mounts, known),
    machineProbe,
    {
      id: probes.files,
      script: readScript(sh`${LISTS}\n${list} | own_files ${directory} ${limit}`, limit),
    },
  ]
}

/** The answers to `ownFileProbes`, by home. */
export const readOwnFile = (of: OwnFile, answers: Answers): ((home: string) => SeenFile) => {
  const at = readPaths(answers, of.probes.paths)
  const mounts = readMounts(answers, of.probes.mounts)
  const machine = readMachine(answers)
  const files = new Map(
    readFiles(answers.bytes(of.probes.files), of.limit).map((file) => [file.path.slice(1), file]),
  )
  return (home) => {
    const real = mounts.real(home)
    const mount = mounts
      .within(directoryIn(of, real))
      .find(({ point }) => point === directoryIn(of, real) || point === pathIn(of, real))
    const place = storageOf(home, mounts, machine)
    if (mount !== undefined) return { ...NOTHING, mount, place }
    const info = at(pathIn(of, home))
    const file = files.get(pathIn(of, home))
    return {
      home: at(home),
      directory: at(directoryIn(of, home)),
      file: info,
      content: file && file.uid === info?.uid ? { bytes: file.content, uid: file.uid } : undefined,
      mount,
      place,
    }
  }
}

/** Whether programs may read there what we do not: they follow links, and what the user has mounted. */
export const isUnread = ({ file, content, mount }: SeenFile): boolean =>
  content === undefined && (mount !== undefined || file?.type === 'file' || file?.type === 'symbolic link')

const NOTHING = { home: undefined, directory: undefined, file: undefined, content: undefined }

/** Refuses what was put there instead of a directory and a file of the user or root, or mounted there. */
export const ownFileObstacle = (
  of: OwnFile,
  { user, uid, home }: FileOwner,
  { home: top, directory, file, content, mount }: SeenFile,
): Change | undefined => {
  if (mount !== undefined)
    return refuse(
      `${mount.point} is a mount point: what is there is not ${user}'s alone`,
      `see what is mounted there (findmnt ${mount.point}) and unmount it: umount ${mount.point}`,
    )
  const path = pathIn(of, home)
  const way = [
    [home, top, 'directory'],
    [directoryIn(of, home), directory, 'directory'],
    [path, file, 'file'],
  ] as const
  for (const [at, info, type] of way) {
    if (info === undefined) continue
    if (info.type !== type)
      return refuse(
        `${at} is a ${info.type}`,
        `see what it is (ls -ld ${at}), save what is needed, remove it as ${user} and run again`,
      )
    if (info.uid !== uid && info.uid !== 0)
      return refuse(
        `${at} belongs to uid ${info.uid}`,
        `find out why; if it is ${user}'s: chown -h ${uid}:${uid} ${at}, otherwise move it away`,
      )
  }
  if (file === undefined) return undefined
  if (file.links > 1)
    return refuse(
      `${path} has ${file.links} hard links`,
      `find the others (find / -xdev -samefile ${path}), then remove this one as ${user}`,
    )
  if (file.size > of.limit)
    return refuse(
      `${path} is larger than ${of.limit / 1024} KiB`,
      `that is more than it is for: look at it and move it away`,
    )
  if (content === undefined)
    return refuse(
      `${path} could not be read`,
      `somebody may have been writing it: run again; reading takes tar on the host`,
    )
  return undefined
}

/**
 * What the file must still be when it is written: `absent`, the digest of its bytes, or root's: `unseen` by the
 * user and replaced, or put `aside` where only root can read it.
 */
export type Before = 'absent' | 'unseen' | 'aside' | Secret

const WRITE = String(shellFile(new URL('./scripts/write-own-file.sh', import.meta.url)))

/** Writes the user's file, as the user, beside the old one, and renames it; an empty text takes it away. */
export const writeOwnFile = (
  of: OwnFile,
  owner: FileOwner,
  { directory }: Pick<SeenFile, 'directory'>,
  before: Before,
  text: Secret,
): Step[] => {
  const { user: name, uid, home, accounts } = owner
  const args = [home, of.directory, of.name, of.closes ? 'yes' : 'no', String(of.limit + 1)]
  const written = asUser({ name, uid, accounts }, WRITE, args)
  const write = sh`printf '%s\\n%s' ${before} ${text} | {\n${written}\n} >/dev/null`
  return directory?.uid === 0 ? inOrder(handOver(of, owner), write) : inOrder(write)
}

const HAND_OVER = shellFile(new URL('./scripts/hand-over.sh', import.meta.url))

/** Gives root's directory to the user, if nothing was put in its place or mounted there. */
const handOver = ({ directory }: OwnFile, { user: name, uid, home, accounts }: FileOwner): Script =>
  sh`{\n${HAND_OVER}\nhand_over ${home} ${uid} ${directory} ${primaryGroup({ name, uid, accounts })}\n}`
