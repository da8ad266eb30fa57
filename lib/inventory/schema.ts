import * as z from 'zod'
import { notEmpty, obeys, oneLine, type Rule } from '../base/rules.ts'
import type { Secret } from '../base/secret.ts'
import { sshKey } from '../base/ssh-key.ts'
import { JOB_KIND_NAMES, type JobKindName, USUAL_KINDS } from '../conventions/job-kinds.ts'
import type { AccountsFrom } from '../conventions/names.ts'
import { CONTAINER_PRESETS, VOLUME_SIZE } from '../conventions/presets.ts'
import { DEFAULT_DRIVER, DRIVER_WORDS, type VolumeDriver } from '../kube/volume-driver.ts'
import { DIRECTORY_RANGE, dnsLabel, groupName } from './names.ts'
import { type NamedRole, policyRule } from './roles.ts'
import * as values from './values.ts'

export { type SecretSource, secret } from './secret-source.ts'

const string = (rule: Rule<string>) => z.string().superRefine(obeys(rule))
const number = (rule: Rule<number>) => z.number().superRefine(obeys(rule))
const text = string(oneLine)
/** A field that may be left out, and what it is for. */
const optional = <T extends z.ZodType>(schema: T, says: string) => schema.exactOptional().describe(says)
/** A list with something in it. */
const filled = <T extends z.ZodType>(element: T, hint: string) =>
  z
    .array(element)
    .superRefine(obeys(notEmpty(hint)))
    .meta({ minItems: 1 })
const label = (max: number) =>
  string(dnsLabel(max)).meta({ maxLength: max, pattern: '^[a-z]([-a-z0-9]*[a-z0-9])?$' })
const linuxName = { pattern: '^[a-z]([-a-z0-9]{0,30}[a-z0-9])?$' }
/** Which ids and names may be depends on who gives them: lib/inventory/account-rules.ts. */
const id = z.number().meta({
  id: 'id',
  type: 'integer',
  minimum: DIRECTORY_RANGE.min,
  maximum: DIRECTORY_RANGE.max,
})
const accountName = z.string()
const accounts = z.enum(['local', 'directory'])

const stringOrNumber = () => z.union([z.string(), z.number()], { error: 'is not a text or a number' })
const count = number(values.count).meta({ type: 'integer', minimum: 0 })
const cores = stringOrNumber().superRefine(obeys(values.cores)).transform(String)
const bytes = stringOrNumber().superRefine(obeys(values.bytes)).transform(String)
const bytesOrNone = stringOrNumber().superRefine(obeys(values.bytesOrNone)).transform(String)

const secretSource = z
  .union(
    [
      z.strictObject({ env: string(values.variable).describe('Name of an environment variable') }),
      z.strictObject({ file: text.describe('Path of a file that only you can read') }),
      z.strictObject({ command: text.describe('Line for sh that prints it') }),
    ],
    { error: 'does not say where the secret is kept' },
  )
  .meta({
    id: 'secret',
    description:
      'Where the secret is kept, never the secret itself: { env: VARIABLE }, { file: path } (mode ' +
      '0600) or { command: line for sh }; in TypeScript secret.env, secret.file, secret.command',
  })

/** Needed here, or for each processor: lib/inventory/machine-rules.ts. */
const installer = {
  archive: optional(string(values.archive), "Archive of Arena's installer: a path, or an https URL"),
  sha256: optional(
    string(values.sha256).meta({ pattern: '^[0-9a-f]{64}$' }),
    'Its checksum, as `sha256sum <archive>` prints it',
  ),
}
const installerObject = z.strictObject(installer).meta({ id: 'installer' })

const host = z.strictObject({
  name: string(values.hostName).describe('What --limit and the recap call the machine'),
  address: optional(
    string(values.address),
    'What you would give to ssh: IP address, DNS name or a Host of your ssh_config (default: the name)',
  ),
  connection: z
    .enum(['ssh', 'openssh', 'local'])
    .default('ssh')
    .describe(
      "'openssh': this machine's own ssh connects, with all that ssh_config says (default: node-ssh does); " +
        "'local': the playbook runs on this machine itself, as root or with sudo",
    ),
  user: optional(string(values.loginName), 'Who logs in (default: as ssh_config says, otherwise you)'),
  port: optional(
    number(values.port).meta({ type: 'integer', minimum: 1, maximum: 65_535 }),
    'Port of sshd (default: as ssh_config says, otherwise 22)',
  ),
  identityFile: optional(text, 'Private key (default: as ssh_config says, otherwise ~/.ssh/id_*)'),
  agent: optional(z.boolean(), 'Whether the keys of your ssh-agent are offered (default: yes)'),
  proxyJump: optional(
    string(values.proxyJump),
    'Machines to connect through, user@bastion:22, divided by commas; none for a direct connection',
  ),
  hostKey: optional(
    z.union([string(values.hostKey).transform((key) => [key]), z.array(string(values.hostKey))], {
      error: 'is not a public host key or a list of them',
    }),
    'Public host keys that are accepted, "ssh-ed25519 AAAA…" (default: those in known_hosts)',
  ),
  sshConfig: optional(
    text,
    'Path of an ssh_config file (default: ~/.ssh/config and /etc/ssh/ssh_config); none reads neither',
  ),
  knownHosts: optional(text, 'Path of a known_hosts file (default: as ssh_config says)'),
  password: secretSource.exactOptional(),
  sudo: optional(
    z.union([z.literal(true), z.strictObject({ password: secretSource })], {
      error: 'is neither true nor { password: … }',
    }),
    'Become root with sudo after logging in: true, or { password: … } when sudo asks for one',
  ),
  memberships: optional(
    z.record(z.string(), z.array(string(values.groupOnMachine))),
    'Linux groups of users on this machine in place of their own, by user: { bob: [dev1, video] }; a group ' +
      'that is none of the inventory must be there already',
  ),
})

const shownJobs = z.enum(['shared', 'own'])
const jobKindNames = string(values.jobKindName).meta({ enum: JOB_KIND_NAMES })
const jobKinds = filled(jobKindNames, 'name at least one, or leave it out')
  .transform((names) => [...new Set(names as JobKindName[])])
  .meta({ id: 'jobKinds' })

const group = z.strictObject({
  name: string(groupName).meta(linuxName).describe('Linux group and namespace'),
  gid: id.describe('gid of the Linux group'),
  linuxGroup: accounts
    .default('local')
    .describe(
      "'local': setup makes it on the machines; 'directory': it comes from a directory (LDAP, SSSD) that they ask, " +
        'which also says who of the users with accounts there is in it',
    ),
  quota: z
    .strictObject({
      gpu: optional(number(values.gpus).meta({ type: 'integer', minimum: 0 }), 'GPU cards'),
      cpu: optional(cores, 'CPU cores, such as 8 or 500m'),
      memory: optional(bytes, 'Memory, such as 60Gi'),
      ephemeralStorage: optional(
        bytes,
        'Disks of nodes (ephemeral-storage): files of containers, logs, emptyDir; such as 200Gi',
      ),
      devices: optional(
        z.record(string(values.deviceName), count),
        "Other devices, by the name that pods ask for: { 'amd.com/gpu': 4, " +
          "'nvidia.com/mig-1g.10gb': 7 }; in isolation strict no other name may be asked for",
      ),
      hugepages: optional(
        z.record(string(values.pageSize), bytesOrNone),
        "Huge pages, by the size of one: { '2Mi': 1Gi }; in isolation strict no other may be asked for",
      ),
      deviceClasses: optional(
        z.record(string(values.deviceClass), count),
        'Devices by DeviceClass, in claims and by the name of the class (Kubernetes 1.34 and newer)',
      ),
      storage: optional(bytes, 'What all claims may ask for together, such as 2Ti'),
      claims: optional(count, 'Number of PersistentVolumeClaims'),
      pods: optional(count, 'Number of pods that are not done'),
      max: optional(
        z.strictObject({
          gpu: optional(count, 'GPU cards'),
          cpu: optional(cores, 'CPU cores'),
          memory: optional(bytes, 'Memory'),
        }),
        'The most that one container, and one pod in all, may ask for',
      ),
    })
    .default({})
    .describe('What the jobs of the group may use together; what is left out is not limited'),
  pods: optional(
    z.strictObject({
      priorityClasses: optional(
        z.array(string(values.priorityClass)),
        'Priority classes of the cluster that they may name, and so have pods of lower priority ' +
          "evicted, of other groups too (default: none; the cluster's default class needs no name)",
      ),
      imageVolumes: optional(
        z.boolean(),
        'Whether they may mount images, such as weights that come as one (default: no)',
      ),
      hostUsers: optional(
        z.boolean(),
        'false: each runs in a user namespace, so that root in it is nobody on the node ' +
          '(Kubernetes from 1.36); volumes on NFS may then not mount (default: as each pod says)',
      ),
    }),
    'What pods of the group may or must in isolation strict; how many there may be is quota.pods',
  ),
  jobs: z
    .union(
      [
        shownJobs,
        z.strictObject({
          list: shownJobs.default('shared').describe("'own': as `jobs: own`"),
          kinds: optional(
            jobKinds,
            'What its members may submit (default: as jobs.kinds of the inventory says)',
          ),
        }),
      ],
      { error: "is none of 'shared', 'own' and { list, kinds }" },
    )
    .default('shared')
    .describe(
      "'own': `arena list` shows a user their own jobs only; a filter of Arena, not a permission. " +
        '{ kinds: [...] }: what its members may submit',
    ),
  containerDefaults: z
    .strictObject({
      cpu: cores.default(CONTAINER_PRESETS.cpu).describe('CPU cores'),
      memory: bytes.default(CONTAINER_PRESETS.memory).describe('Memory'),
      ephemeralStorage: bytes
        .default(CONTAINER_PRESETS.ephemeralStorage)
        .describe('Disk of the node, where the quota limits it; who writes more is evicted'),
    })
    .prefault({})
    .describe(
      'What a container gets that states nothing, where the quota limits cpu or memory or isolation is strict',
    ),
})

const membership = z
  .union(
    [
      z.string().transform((group) => ({ group, role: 'member' })),
      z.strictObject({
        group: z.string().describe('Name of a group'),
        role: z.string().default('member').describe('member, viewer or one of your own roles'),
      }),
    ],
    { error: 'is neither the name of a group nor { group, role }' },
  )
  .describe("A group's name, or { group, role } with role member, viewer or one of your own")

const user = z.strictObject({
  name: accountName.describe(
    'Linux account and service account: a–z, 0–9 and -, at most 32; from a directory also capitals, dots, _ and a ' +
      'domain after @, as `getent passwd` shows it',
  ),
  uid: id.describe('uid of the account and, of a local one, gid of its private group'),
  accounts: optional(accounts, 'As accounts of the inventory, for this user'),
  groups: filled(membership, 'name at least one group: the first decides where their jobs run').describe(
    'The first is where their jobs run unless they say otherwise',
  ),
  gecos: optional(string(values.gecos), 'Full name; 中文 is fine'),
  shell: string(values.absolutePath).default('/bin/bash').describe('Login shell'),
  home: optional(string(values.homeDirectory), 'Home directory (default: /home/<name>)'),
  password: secretSource.exactOptional(),
  passwordHash: optional(
    string(values.passwordHash),
    'First password as a hash of crypt(3): $y$…, $6$… or $5$…',
  ),
  sshKeys: optional(
    z.array(string(sshKey).transform((key) => key.trim())),
    'Public keys to log in with, each the line of a .pub file, in a block of ~/.ssh/authorized_keys',
  ),
})

const driver = z
  .union(
    [
      z.enum(DRIVER_WORDS),
      z.strictObject({
        driver: string(values.csiDriverName).describe('Name of a CSI driver: kubectl get csidrivers'),
        attributes: z
          .record(z.string(), text)
          .superRefine(obeys(values.csiAttributes))
          .describe('Its volumeAttributes, in which {server} and {path} are filled in for each volume'),
      }),
    ],
    { error: `is none of ${DRIVER_WORDS.join(', ')} and { driver, attributes }` },
  )
  .meta({
    id: 'driver',
    description:
      "What mounts it on the nodes: 'alibaba' (nasplugin.csi.alibabacloud.com), 'nfs' (part of Kubernetes), " +
      "'csi-nfs' (nfs.csi.k8s.io), or { driver, attributes } of another CSI driver",
  })

const volume = z.strictObject({
  name: string(dnsLabel(63, { digitFirst: true }))
    .meta({ maxLength: 63 })
    .describe('Name of volume and claim, unique in the whole cluster; what `arena submit --data` takes'),
  group: z.string().describe('The group that uses it'),
  server: optional(string(values.nasServer), "The NAS mount target's address (default: nas.server)"),
  path: z
    .string()
    .transform((path) => (path.length > 1 ? path.replace(/\/$/, '') : path))
    .superRefine(obeys(values.nasPath))
    .describe('Directory on the NAS'),
  driver: driver.exactOptional(),
  size: bytes.default(VOLUME_SIZE).describe('Size that is shown; the NAS does not enforce it'),
  volumeHandle: optional(
    text,
    'What kubelets know the volume by, unique in the whole cluster (default: the name)',
  ),
  description: optional(text, 'Shown by `arena data list`'),
  owner: optional(text, 'Shown by `arena data list`'),
  access: z.enum(['ReadWriteMany', 'ReadOnlyMany']).default('ReadWriteMany').describe('How pods mount it'),
  shared: optional(
    text,
    'Volumes with the same word are one directory shared by groups; without it the directory is private',
  ),
})

const words = filled(text, 'name at least one')
const coreOrNamed = z.array(z.string()).superRefine(obeys(notEmpty("write [''] for the core group")))

const role = z.strictObject({
  name: label(63).describe(
    'Used as role in users[].groups; the rules of member or viewer come beside those that it has',
  ),
  rules: z
    .array(
      z
        .strictObject({
          apiGroups: coreOrNamed.describe("API groups; '' is the core group"),
          resources: words.describe('Kinds in plural, such as pods or pods/log'),
          verbs: words.describe('get, list, watch, create, update, patch, delete'),
          resourceNames: optional(words, 'Only objects of these names'),
        })
        .superRefine(obeys(policyRule)),
    )
    .superRefine(obeys(notEmpty('give it at least one rule')))
    .describe('What the role may do in the namespace of the group'),
})

const reason = text.meta({
  id: 'reason',
  description:
    'What it is for, and who answers for it: from then on verify passes over it, and tells a Membership as accepted',
})
const trustedKind = <K extends string, S extends z.ZodRawShape>(kind: K, says: string, fields: S) =>
  z.strictObject({ kind: z.literal(kind).describe(says), ...fields, reason })
const trusted = z.discriminatedUnion(
  'kind',
  [
    trustedKind('User', 'Somebody whom the API server knows by a certificate or an identity provider', {
      name: text.describe('As the binding names it'),
    }),
    trustedKind('Group', 'A group of an identity provider or of certificates', {
      name: text.describe('As the binding names it'),
    }),
    trustedKind('ServiceAccount', 'A service account of another namespace, such as that of an operator', {
      namespace: text.describe('Where it lives'),
      name: optional(text, 'Without it every service account of the namespace'),
    }),
    trustedKind('Account', 'A local account on the client machines', {
      name: text.describe('Its login name'),
    }),
    trustedKind(
      'Membership',
      'That memberships put a user into a group such as docker, with which one is root',
      {
        name: text.describe('The user'),
        group: text.describe('The Linux group, as memberships name it'),
        host: optional(text, 'The machine (default: all whose memberships say so)'),
      },
    ),
    trustedKind('PersistentVolume', 'A volume that was made by hand and reaches a directory of a group', {
      name: text.describe('As kubectl get pv shows it'),
    }),
    trustedKind('PersistentVolumeClaim', 'A claim that was made by hand in the namespace of a group', {
      namespace: text.describe('The namespace of the group'),
      name: text.describe('As `arena data list` shows it'),
    }),
  ],
  {
    error:
      'is none of User, Group, ServiceAccount, Account, Membership, PersistentVolume and PersistentVolumeClaim',
  },
)

/** The one description of an inventory file; `inventory/schema.json` is made from it. */
export const inventorySchema = z.strictObject({
  $schema: optional(z.string(), 'For editors; not used'),
  name: label(26).describe(
    'Marks what this inventory owns: label arena-playbooks/inventory in the cluster, group arena-<name> on machines',
  ),
  isolation: z
    .enum(['document', 'strict'])
    .describe(
      "How far users are kept apart. 'document': service accounts live in their group's namespace, " +
        'so groups are isolated, but whoever may submit jobs in a group can run them as a colleague. ' +
        "'strict': nobody can, service accounts live outside the groups with tokens that expire, and " +
        'pods may ask for nothing that reaches a node or another group',
    ),
  tokens: optional(
    z.enum(['secret', 'bound']),
    "What the tokens of users are. 'secret': a Secret that the cluster's token controller fills, valid until it is " +
      "deleted (default in isolation document; it fills about ten a second); 'bound': asked for when it is " +
      'written, ends after 90 days, and setup renews it in the last 18 of them (always so in isolation strict)',
  ),
  staticManifests: optional(
    string(values.absolutePath),
    'Isolation strict, where the control plane is your own (Kubernetes from 1.37): directory on this machine for ' +
      "its policies as files that the API server reads (see README), so that nobody's kubectl removes them",
  ),
  cluster: z
    .strictObject({
      name: label(63).default('cluster').describe('What --limit and the recap call the cluster'),
      context: text.describe('Context in the kubeconfig, as `kubectl config get-contexts` prints it'),
      kubeconfig: text.default('~/.kube/config').describe('Kubeconfig of the administrator'),
      server: optional(
        string(values.apiServer),
        'Address that users reach the API server at (default: the one in the kubeconfig)',
      ),
      tlsServerName: optional(
        string(values.tlsName),
        "Name in the API server's certificate, where it is not the one in users' address (default: " +
          'as the kubeconfig says, for the address there)',
      ),
      proxyUrl: optional(
        string(values.proxyUrl),
        'Proxy that users reach the API server through; needed where the kubeconfig has a ' +
          'proxy-url, unless server is the address without one',
      ),
    })
    .describe('The Kubernetes cluster, and how the administrator reaches it'),
  arena: z
    .strictObject({
      ...installer,
      archives: optional(
        z.strictObject({
          amd64: optional(installerObject, 'For x86-64'),
          arm64: optional(installerObject, 'For 64-bit ARM'),
        }),
        'In place of these two where machines have different processors: one archive for each',
      ),
    })
    .describe('What is installed on the client machines'),
  verify: optional(
    z.strictObject({
      image: string(values.image).describe(
        'Image with a POSIX shell (busybox, or one that jobs use), as `arena submit --image` takes it, ' +
          'which the pods of `verify --pods` run',
      ),
    }),
    'How verify tries things',
  ),
  hosts: filled(host, 'name at least one client machine').describe(
    'The client machines that users log in to',
  ),
  nas: optional(
    z.strictObject({
      server: optional(string(values.nasServer), "The mount target's address, as the NAS console shows it"),
      driver: driver.default(DEFAULT_DRIVER),
      mountOptions: optional(z.array(text), "NFS mount options; they replace the driver's own"),
    }),
    'What of the NAS volumes do not say themselves',
  ),
  authorizedKeys: z
    .enum(['beside', 'exclusive'])
    .default('beside')
    .describe(
      "Whether users' own lines stay in ~/.ssh/authorized_keys beside sshKeys, or, in " +
        "isolation strict, the file holds sshKeys and nothing else ('exclusive')",
    ),
  jobs: optional(
    z.strictObject({
      kinds: optional(
        jobKinds,
        `Of ${JOB_KIND_NAMES.join(', ')} (default: ${USUAL_KINDS.join(', ')}); what runs them must be in the ` +
          'cluster. Services of Deployments, batch jobs and evaluations go without',
      ),
    }),
    'What members of all groups may submit, where the group itself does not say',
  ),
  accounts: accounts
    .default('local')
    .describe(
      "Where the users' Linux accounts come from. 'local': setup makes them on the machines; 'directory': LDAP or AD " +
        'has them (by SSSD, nslcd, extrausers), so setup makes and changes none, and looks on each machine ' +
        'whether the directory gives it',
    ),
  groups: z.array(group).describe('Groups, each with its namespace and quota'),
  users: z.array(user).describe('Users, each with an account, a service account and a kubeconfig'),
  volumes: z.array(volume).default([]).describe('Directories on the NAS that groups use'),
  roles: z
    .array(role)
    .default([])
    .describe('Roles of your own, beside member and viewer, and what these two get besides'),
  retired: z
    .array(
      z.strictObject({
        name: accountName.describe('Name of the account they had'),
        uid: id.describe('The uid they had: their files still carry it'),
        home: optional(string(values.homeDirectory), 'Where their home was (default: /home/<name>)'),
        accounts: optional(accounts, 'As accounts of the inventory, for this one'),
        since: z.iso
          .date({ error: 'is not a date such as 2026-01-31' })
          .describe('When they left, such as 2026-01-31'),
        groups: optional(
          z.array(z.string()),
          'Groups in which they could make things, where what nobody made may be theirs (default: all)',
        ),
      }),
    )
    .default([])
    .describe(
      'Users who left: their names and uids are not given to others, and what lets them in is taken away',
    ),
  trusted: z
    .array(trusted)
    .default([])
    .describe(
      'Who else may have rights over the groups: other administrators, operators, add-ons; and ' +
        'volumes and claims made by hand, and users in groups that give a machine away. verify fails for all others',
    ),
})

type Parsed = z.output<typeof inventorySchema>
type Sealed<T> = { [K in keyof T]: K extends 'password' | 'passwordHash' ? Secret : T[K] }

/** What an inventory file holds. */
export type InventoryInput = z.input<typeof inventorySchema>

/** A client machine; absent fields are left to ssh_config and the defaults of ssh. Paths are absolute. */
export type Host = Omit<Sealed<Parsed['hosts'][number]>, 'sudo'> & {
  address: string
  sudo?: true | { password: Secret }
}

/** An installer of Arena, and its checksum. */
export type ArenaArchive = Required<z.output<typeof installerObject>>

/** The installer for all machines, or one for each processor. */
export type ArenaArchives = ArenaArchive | { archives: { amd64?: ArenaArchive; arm64?: ArenaArchive } }

export type Group = Omit<Parsed['groups'][number], 'jobs'> & {
  jobs: 'shared' | 'own'
  /** Its roles, where they are not those of the inventory. */
  roles?: readonly NamedRole[]
}

/** A user with their first group first. */
export type User = Sealed<Parsed['users'][number]> & { home: string; accounts: AccountsFrom }

/** Somebody who left. */
export type Retired = Parsed['retired'][number] & { home: string; accounts: AccountsFrom }

export type Volume = Omit<Parsed['volumes'][number], 'shared' | 'driver'> & {
  server: string
  driver: VolumeDriver
  volumeHandle: string
  mountOptions?: string[]
}

/** An inventory without mistakes: defaults applied, paths absolute, secrets sealed, roles with the built-in ones. */
export type Inventory = Omit<
  Parsed,
  '$schema' | 'tokens' | 'hosts' | 'groups' | 'users' | 'retired' | 'volumes' | 'nas' | 'jobs'
> & {
  /** Absolute path of the file it came from. */
  file: string
  /** Whether tokens of users end: `bound` ones do. */
  tokens: 'secret' | 'bound'
  arena: ArenaArchives
  hosts: Host[]
  groups: Group[]
  /** All kinds of jobs that it lets some group submit, where it says so anywhere. */
  kinds?: readonly JobKindName[]
  users: User[]
  retired: Retired[]
  volumes: Volume[]
}

/** The inventory as it is: only for its types. */
export const defineInventory = (inventory: InventoryInput): InventoryInput => inventory
