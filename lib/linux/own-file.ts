import { onceFor } from '../base/once-for.ts'
import type { Secret } from '../base/secret.ts'
import { sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import type { TarFile } from '../base/tar.ts'
import { markerOf } from '../conventions/names.ts'
import { type Answers, type Change, type Probe, refuse, type Step } from '../resource/type.ts'
import { inOrder } from './accounts.ts'
import { type AsWhom, asUser, primaryGroup } from './as-user.ts'
import { type AskedOfDirectory, peopleIn } from './directory.ts'
import { readFiles, readScript } from './files-of-users.ts'
import { machineProbe } from './machine.ts'
import { type Mount, mountsProbe, readMounts } from './mounts.ts'
import { type PathInfo, readPaths, statScript } from './paths.ts'
import { placesOn } from './place.ts'

/** Whose file it is. */
export interface FileOwner extends AsWhom {
  home: string
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

/** Ids from one to another. */
export interface IdRange {
  min: number
  max: number
}

/**
 * What the file must still be when it is written: `absent`, the digest of its bytes, or root's: `unseen` by the
 * user and replaced, or put `aside` where only root can read it.
 */
export type Before = 'absent' | 'unseen' | 'aside' | Secret

interface Definition {
  /** Below the home, such as `.kube`. */
  directory: string
  name: string
  /** Bytes of the largest that is read, at most `LARGEST`. */
  limit: number
  /** Names of its probes: what lies there, what is mounted there, and the files themselves. */
  probes: { paths: string; mounts: string; files: string }
}

/** Bytes of the largest of any of them. */
const LARGEST = 262_144

const LISTS = shellFile(new URL('./scripts/own-files.sh', import.meta.url))
const WRITE = String(shellFile(new URL('./scripts/write-own-file.sh', import.meta.url)))
const HAND_OVER = shellFile(new URL('./scripts/hand-over.sh', import.meta.url))

const readOnce = onceFor<ReadonlyMap<string, TarFile>>()

/** Files by path. */
const filesOf = (answer: Buffer): ReadonlyMap<string, TarFile> =>
  readOnce(answer, () => new Map(readFiles(answer, LARGEST).map((file) => [file.path.slice(1), file])))

/** A file that each user has in a directory of their home, and of which we write a part. */
export class OwnFile {
  readonly #of: Definition

  constructor(of: Definition) {
    this.#of = of
  }

  /** Reads it in the homes of these people and of all members of an inventory. */
  probes(people: readonly { home: string }[], inventory: string): Probe[] {
    const homes = people.map(({ home }) => home)
    return this.#probes([`:${markerOf(inventory)}`, ...homes], homes)
  }

  /** Reads it of every local account with a uid in this range, and of people of a directory. */
  probesOfAll({ min, max }: IdRange, asked: AskedOfDirectory): Probe[] {
    return this.#probes(
      [],
      [],
      sh`{
awk -F: -v min=${min} -v max=${max} '$3 >= min && $3 <= max { print $6 }' /etc/passwd
${peopleIn(asked)} | cut -d : -f 6
}`,
    )
  }

  /** In a few processes, one script for all such files. Only plain files are opened, never a pipe or a link. */
  #probes(asked: readonly string[], known: readonly string[], homes = sh`:`): Probe[] {
    const { directory, name, limit, probes } = this.#of
    const paths = statScript(sh`${homes} | own_paths`)
    const files = readScript(sh`printf '%s\\n' "$found" | own_files`, LARGEST)
    const script = sh`${LISTS}\n${paths}\nprintf '\\0'\n${files}`
    const about = [`${directory} ${name} ${limit}`, ...asked]
    return [
      { id: probes.paths, script, about, part: 'before NUL' },
      { id: probes.files, script, about, part: 'after NUL' },
      mountsProbe(probes.mounts, known),
      machineProbe,
    ]
  }

  /** The answers to its probes, by home. */
  read(answers: Answers): (home: string) => SeenFile {
    const { limit, probes } = this.#of
    const at = readPaths(answers, probes.paths)
    const mounts = readMounts(answers, probes.mounts)
    const placeOf = placesOn(answers, mounts)
    const files = filesOf(answers.bytes(probes.files))
    return (home) => {
      const real = this.#in(mounts.real(home))
      const mount = mounts
        .within(real.directory)
        .find(({ point }) => point === real.directory || point === real.file)
      const place = placeOf(home)
      if (mount !== undefined) return { ...NOTHING, mount, place }
      const path = this.#in(home)
      const info = at(path.file)
      const file = files.get(path.file)
      return {
        home: at(home),
        directory: at(path.directory),
        file: info,
        content:
          file && file.uid === info?.uid && file.content.length <= limit
            ? { bytes: file.content, uid: file.uid }
            : undefined,
        mount,
        place,
      }
    }
  }

  /** Refuses what was put there instead of a directory and a file of the user or root, or mounted there. */
  obstacle(
    { name: user, uid, home }: FileOwner,
    { home: top, directory, file, content, mount }: SeenFile,
  ): Change | undefined {
    if (mount !== undefined)
      return refuse(
        `${mount.point} is a mount point: what is there is not ${user}'s alone`,
        `see what is mounted there (findmnt ${mount.point}) and unmount it: umount ${mount.point}`,
      )
    const path = this.#in(home)
    const way = [
      [home, top, 'directory'],
      [path.directory, directory, 'directory'],
      [path.file, file, 'file'],
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
        `${path.file} has ${file.links} hard links`,
        `find the others (find / -xdev -samefile ${path.file}), then remove this one as ${user}`,
      )
    if (file.size > this.#of.limit)
      return refuse(
        `${path.file} is larger than ${this.#of.limit / 1024} KiB`,
        `that is more than it is for: look at it and move it away`,
      )
    if (content === undefined)
      return refuse(
        `${path.file} could not be read`,
        `somebody may have been writing it: run again; reading takes tar on the host`,
      )
    return undefined
  }

  /**
   * Writes the user's file, as the user, beside the old one, and renames it; an empty text takes it away. `closes`
   * makes the directory 0700. Root's directory is given to the user first, if nothing was put in its place or mounted
   * there.
   */
  write(
    owner: FileOwner,
    { directory: seen }: Pick<SeenFile, 'directory'>,
    before: Before,
    text: Secret,
    closes = true,
  ): Step[] {
    const { directory, name: file, limit } = this.#of
    const { uid, home } = owner
    const written = asUser(owner, WRITE, [home, directory, file, closes ? 'yes' : 'no', String(limit + 1)])
    const write = sh`printf '%s\\n%s' ${before} ${text} | {\n${written}\n} >/dev/null`
    if (seen?.uid !== 0) return inOrder(write)
    const handOver = sh`hand_over ${home} ${uid} ${directory} ${primaryGroup(owner)}`
    return inOrder(sh`{\n${HAND_OVER}\n${handOver}\n}`, write)
  }

  #in(home: string): { directory: string; file: string } {
    const directory = `${home}/${this.#of.directory}`
    return { directory, file: `${directory}/${this.#of.name}` }
  }
}

/** Whether programs may read there what we do not: they follow links, and what the user has mounted. */
export const isUnread = ({ file, content, mount }: SeenFile): boolean =>
  content === undefined && (mount !== undefined || file?.type === 'file' || file?.type === 'symbolic link')

const NOTHING = { home: undefined, directory: undefined, file: undefined, content: undefined }
