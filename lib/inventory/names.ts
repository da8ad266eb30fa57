import { type Mistake, type Rule, shown } from '../base/rules.ts'
import { type AccountsFrom, DIRECTORY_NAME, OWN_PREFIX } from '../conventions/names.ts'

/**
 * Accounts and groups that Debian, Ubuntu, RHEL and their usual services bring along; some of them are root by another
 * name.
 */
const SYSTEM_ACCOUNTS = new Set(
  `root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc src gnats nobody nogroup
  nfsnobody adm tty disk kmem dialout fax voice cdrom floppy tape sudo wheel admin audio dip operator shadow utmp
  video sasl plugdev staff users input sgx render kvm crontab netdev messagebus dbus polkitd sshd ssh tss rpc
  rpcuser ntp chrony postfix exim dovecot docker lxd libvirt qemu halt shutdown ftp apache nginx named bind mysql
  postgres redis mongodb etcd tomcat containerd puppet ansible zabbix prometheus telegraf tcpdump sssd nscd nslcd
  avahi colord pulse lightdm gdm geoclue uuidd landscape pollinate fwupd-refresh syslog google-sudoers`.split(
    /\s+/,
  ),
)

/** Linux takes 32 characters for a name, DNS labels 63. */
const LINUX_MAX = 32

/** A DNS label: what Kubernetes takes as a name, and Linux as well when it begins with a letter. */
export const dnsLabel =
  (max: number, { digitFirst = false } = {}): Rule<string> =>
  (value) => {
    const hint =
      `write ${digitFirst ? 'a letter or digit' : 'a letter'} first, then a–z, 0–9 and -, at most ` +
      `${max} characters`
    const wrong = (what: string): Mistake => ({ reason: `${shown(value)} ${what}`, hint })
    const odd = /[^a-z0-9-]/u.exec(value)?.[0]
    if (value === '') return { reason: 'is empty', hint }
    if (odd !== undefined) return wrong(`holds ${shown(odd)}: only a–z, 0–9 and - are allowed`)
    if (value.length > max) return wrong(`is ${value.length} characters long, at most ${max} are allowed`)
    if (value.startsWith('-')) return wrong('begins with -')
    if (value.endsWith('-')) return wrong('ends with -')
    return digitFirst || /^[a-z]/.test(value) ? undefined : wrong('begins with a digit')
  }

/** A name that is an account on the machines and a service account in the cluster. */
export const userName =
  (accounts: AccountsFrom): Rule<string> =>
  (value) =>
    (accounts === 'local' ? dnsLabel(LINUX_MAX) : directoryName)(value) ??
    ownedElsewhere(value) ??
    reservedForMarkers(value)

/** A name that is a group on the machines and a namespace in the cluster. */
export const groupName: Rule<string> = (value) =>
  userName('local')(value) ??
  (/^(kube-.*|.*-system|kubeflow|kubernetes.*)$/.test(value)
    ? { reason: `${shown(value)} is a namespace of the cluster's own services`, hint: 'choose another name' }
    : undefined)

/** Whoever has only digits is taken for a uid by getent, chown and others. */
const directoryName: Rule<string> = (value) => {
  if (DIRECTORY_NAME.test(value)) return undefined
  return {
    reason: /^\d+$/.test(value)
      ? `${shown(value)} is digits only, which the programs of a machine take for a uid`
      : `${shown(value)} is not the name of an account`,
    hint:
      'write it as `getent passwd` shows it there: letters, digits, dots, _ and -, with at most one @ before a ' +
      'domain, at most 62 characters, a letter or digit first and last',
  }
}

const ownedElsewhere: Rule<string> = (value) => {
  const hint = 'choose another name'
  if (value === 'default')
    return { reason: `${shown(value)} is a namespace and service account of the cluster itself`, hint }
  return SYSTEM_ACCOUNTS.has(value) || value.startsWith('systemd-')
    ? { reason: `${shown(value)} is an account or group of the system`, hint }
    : undefined
}

/** A group that marks whose an account is. */
export const reservedForMarkers: Rule<string> = (value) =>
  value.startsWith(OWN_PREFIX)
    ? {
        reason: `${shown(value)} is kept for us: arena-<inventory> marks the accounts of an inventory`,
        hint: 'choose a name that does not begin with arena-',
      }
    : undefined

/** Ids that people get: the range of `UID_MIN` and `UID_MAX` in login.defs. */
export const ID_RANGE = { min: 1000, max: 60_000 }

/**
 * Ids that a directory may give: all that the kernel knows but root's. A machine whose own files give the id to an
 * account or a group refuses it.
 */
export const DIRECTORY_RANGE = { min: 1, max: 4_294_967_294 }

/** Ids of whom no program distinguishes them from nobody, or from no change. */
const NOBODY = [65_534, 65_535]

/** A uid or gid that no part of the system uses; one of a directory is whatever the directory says. */
export const linuxId =
  (accounts: AccountsFrom): Rule<number> =>
  (value) =>
    accounts === 'local' ? localId(value) : directoryId(value)

const directoryId: Rule<number> = (value) => {
  const hint = 'write the one that `id` shows on a client machine'
  const wrong = (what: string): Mistake => ({ reason: `${value} ${what}`, hint })
  if (!Number.isSafeInteger(value)) return wrong('is not a whole number')
  if (NOBODY.includes(value)) return wrong('is the account nobody')
  if (value < DIRECTORY_RANGE.min) return wrong(value === 0 ? 'is root' : 'is less than an id can be')
  return value > DIRECTORY_RANGE.max ? wrong('is more than an id can be') : undefined
}

const localId: Rule<number> = (value) => {
  const hint = `choose a number from ${ID_RANGE.min} to ${ID_RANGE.max} that nobody else has`
  const wrong = (what: string): Mistake => ({ reason: `${value} ${what}`, hint })
  if (!Number.isSafeInteger(value)) return wrong('is not a whole number')
  if (value < ID_RANGE.min) return wrong(`is in the system range (below ${ID_RANGE.min})`)
  if (value === 65_534) return wrong('is the account nobody')
  return value > ID_RANGE.max
    ? wrong(`is in the system range (above ${ID_RANGE.max}, UID_MAX of login.defs)`)
    : undefined
}
