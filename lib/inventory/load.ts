import { dirname, resolve } from 'node:path'
import type * as z from 'zod'
import { localPath } from '../base/absolute-path.ts'
import { Secret } from '../base/secret.ts'
import { type JobKindName, USUAL_KINDS } from '../conventions/job-kinds.ts'
import { homeOf } from '../conventions/presets.ts'
import { DEFAULT_DRIVER } from '../kube/volume-driver.ts'
import { crossMistakes } from './cross-rules.ts'
import { InventoryError } from './error.ts'
import { type RawInventory, readInventory } from './file.ts'
import { schemaMistakes } from './issues.ts'
import { type PlacedMistake, pitfallIn, placeOf } from './raw.ts'
import { builtInRoles, withOwn } from './roles.ts'
import { type ArenaArchive, type ArenaArchives, type Inventory, inventorySchema } from './schema.ts'
import { type SecretSource, secretFrom } from './secret-source.ts'
import { displayed } from './text.ts'

export { InventoryError, type InventoryIssue } from './error.ts'

/**
 * Loads and checks a `.ts`, `.js`, `.yaml` or `.json` inventory; fails with all its mistakes in one InventoryError. A
 * module may take so many seconds to load.
 */
export const loadInventory = async (path: string, seconds?: number): Promise<Inventory> => {
  const file = resolve(path)
  return inventoryFrom(file, await readInventory(file, seconds))
}

/** What a file holds, or would hold, as an inventory; fails with all its mistakes in one InventoryError. */
export const inventoryFrom = async (file: string, source: RawInventory): Promise<Inventory> => {
  const { found, parsed } = checkInventory(source.raw)
  if (parsed === undefined) throw await located(found, file, source)
  return resolved(parsed, file)
}

type Parsed = z.output<typeof inventorySchema>

/** Every mistake of what a file holds; without one, what the schema makes of it. */
export const checkInventory = (raw: unknown): { found: PlacedMistake[]; parsed?: Parsed } => {
  const pitfall = pitfallOf(raw)
  if (pitfall !== undefined) return { found: [pitfall] }
  const result = inventorySchema.safeParse(raw)
  const found = [...schemaMistakes(result.error?.issues ?? [], raw, inventorySchema), ...crossMistakes(raw)]
  return result.success && found.length === 0 ? { found, parsed: result.data } : { found }
}

const pitfallOf = (raw: unknown): PlacedMistake | undefined => {
  try {
    return pitfallIn(raw)
  } catch (error) {
    const { message } = error as Error
    return { path: [], reason: `cannot be looked at: ${message}`, hint: 'see what its getters do' }
  }
}

const located = async (
  found: readonly PlacedMistake[],
  file: string,
  { raw, locate }: RawInventory,
): Promise<InventoryError> => {
  const lineOf = await locate()
  const issues = found.map(({ path, reason, hint }) => {
    const line = lineOf(path)
    return { file: displayed(file), ...(line && { line }), path: placeOf(path, raw), reason, hint }
  })
  return new InventoryError(issues.toSorted((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity)))
}

const resolved = ({ $schema: _, nas, jobs, ...parsed }: Parsed, file: string): Inventory => {
  const directory = dirname(file)
  const local = (path: string): string => localPath(path, directory)
  const seal = (name: string, source: SecretSource): Secret => secretFrom(name, source, directory)
  const { cluster, arena } = parsed
  return {
    ...parsed,
    file,
    tokens: parsed.tokens ?? (parsed.isolation === 'strict' ? 'bound' : 'secret'),
    cluster: { ...cluster, kubeconfig: local(cluster.kubeconfig) },
    arena: archivesOf(arena, local),
    hosts: parsed.hosts.map(({ identityFile, sshConfig, knownHosts, password, sudo, ...host }) => ({
      ...host,
      address: host.address ?? host.name,
      ...(identityFile && { identityFile: local(identityFile) }),
      ...(sshConfig && { sshConfig: sshConfig === 'none' ? 'none' : local(sshConfig) }),
      ...(knownHosts && { knownHosts: local(knownHosts) }),
      ...(password && { password: seal(`${host.name}/password`, password) }),
      ...(sudo && {
        sudo: sudo === true || { password: seal(`${host.name}/sudo-password`, sudo.password) },
      }),
    })),
    users: parsed.users.map(({ password, passwordHash, ...user }) => ({
      ...user,
      home: user.home ?? homeOf(user.name),
      accounts: user.accounts ?? parsed.accounts,
      ...(password && { password: seal(`${user.name}/password`, password) }),
      ...(passwordHash && { passwordHash: new Secret(`${user.name}/password-hash`, passwordHash) }),
    })),
    retired: parsed.retired.map((one) => ({
      ...one,
      home: one.home ?? homeOf(one.name),
      accounts: one.accounts ?? parsed.accounts,
    })),
    volumes: parsed.volumes.map(({ shared: _, ...volume }) => ({
      ...volume,
      server: volume.server ?? nas!.server!,
      driver: volume.driver ?? nas?.driver ?? DEFAULT_DRIVER,
      volumeHandle: volume.volumeHandle ?? volume.name,
      ...(volume.server === undefined && nas?.mountOptions && { mountOptions: nas.mountOptions }),
    })),
    ...submitted(parsed, jobs?.kinds),
  }
}

/** Whole, as crossMistakes has seen. */
const archivesOf = (
  { archives, ...one }: Parsed['arena'],
  local: (path: string) => string,
): ArenaArchives => {
  const placed = ({ archive, sha256 }: typeof one): ArenaArchive => ({
    archive: /^https:/.test(archive!) ? archive! : local(archive!),
    sha256: sha256!,
  })
  if (archives === undefined) return placed(one)
  const { amd64, arm64 } = archives
  return { archives: { ...(amd64 && { amd64: placed(amd64) }), ...(arm64 && { arm64: placed(arm64) }) } }
}

/** Groups, and what their roles let them submit: where one may submit less than another, it has roles of its own. */
const submitted = (
  { groups, roles: own }: Pick<Parsed, 'groups' | 'roles'>,
  forAll: readonly JobKindName[] | undefined,
): Pick<Inventory, 'groups' | 'roles' | 'kinds'> => {
  const statedIn = ({ jobs }: (typeof groups)[number]) => (typeof jobs === 'string' ? undefined : jobs.kinds)
  const kindsOf = (group: (typeof groups)[number]) => statedIn(group) ?? forAll ?? USUAL_KINDS
  const stated = [...new Set([...(forAll ?? []), ...groups.flatMap((group) => statedIn(group) ?? [])])]
  const kinds = [...new Set([...stated, ...groups.flatMap(kindsOf)])]
  return {
    groups: groups.map((group) => ({
      ...group,
      jobs: typeof group.jobs === 'string' ? group.jobs : group.jobs.list,
      ...(kinds.some((kind) => !kindsOf(group).includes(kind)) && {
        roles: withOwn(builtInRoles(kindsOf(group), kinds), own),
      }),
    })),
    roles: withOwn(builtInRoles(kinds), own),
    ...(stated.length > 0 && { kinds: stated }),
  }
}
