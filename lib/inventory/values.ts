import { isIP, isIPv6 } from 'node:net'
import { PLAIN_PATH } from '../base/absolute-path.ts'
import { quantity } from '../base/quantity.ts'
import { chooseFrom, type Mistake, matches, oneLine, type Rule, shown } from '../base/rules.ts'
import { isJobKind, JOB_KIND_NAMES, NOT_OFFERED } from '../conventions/job-kinds.ts'
import { ACCOUNT_NAME } from '../conventions/names.ts'
import { SYSTEM_PRIORITY } from '../conventions/pods.ts'
import { GPU, implicitName, isExtended, pageSizeOf } from '../kube/quota.ts'
import { reservedForMarkers } from './names.ts'

const MEBI = 2n ** 20n * 10n ** 9n

const numberOf =
  (things: string, hint: string): Rule<number> =>
  (value) =>
    Number.isSafeInteger(value) && value >= 0
      ? undefined
      : { reason: `${value} is not a number of ${things}`, hint }

/** A number of GPUs. */
export const gpus = numberOf('GPUs', 'write a whole number: a GPU is given to one container as a whole')

/** A number of things that there may be. */
export const count = numberOf('things', 'write a whole number, such as 4; 0 for none')

/** A Linux group, of the inventory or of the machine. */
export const groupOnMachine: Rule<string> = (value) => linuxGroup(value) ?? reservedForMarkers(value)

const linuxGroup = matches(ACCOUNT_NAME, 'is not the name of a Linux group', 'write it as /etc/group has it')

/** A kind of job that a group may be allowed. */
export const jobKindName: Rule<string> = (name) => {
  if (isJobKind(name)) return undefined
  const refused = Object.hasOwn(NOT_OFFERED, name) ? NOT_OFFERED[name] : undefined
  return refused === undefined
    ? { reason: `${shown(name)} is not a kind of job`, hint: chooseFrom(name, JOB_KIND_NAMES) }
    : { reason: `${shown(name)} is not offered: it ${refused.why}`, hint: refused.instead }
}

const DOMAIN = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/

/** What the cluster has a name for, as kubectl shows it. */
const named = (what: string, plural: string, longest = 253): Rule<string> =>
  matches(
    new RegExp(`(?=^.{1,${longest}}$)${DOMAIN.source}`),
    `is not the name of a ${what}`,
    `write it as it is called in the cluster: kubectl get ${plural}`,
  )

/** A device as pods ask for it; what has a field of its own is told which. */
export const deviceName: Rule<string> = (value) => {
  const wrong = (what: string, hint: string): Mistake => ({ reason: `${shown(value)} ${what}`, hint })
  if (value === GPU) return wrong('has a field of its own', 'write gpu: … beside devices')
  if (value.startsWith(implicitName('')))
    return wrong(
      'is the name of a device class',
      `write deviceClasses: { ${shown(value.slice(implicitName('').length))}: … } beside devices`,
    )
  const pages = pageSizeOf(value)
  if (pages !== undefined)
    return wrong(
      'are huge pages',
      `write hugepages: { ${shown(pages)}: … } beside devices, with an amount such as 1Gi`,
    )
  const [domain = '', name = ''] = value.split('/')
  return isExtended(value) && DOMAIN.test(domain) && /^[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/.test(name)
    ? undefined
    : wrong(
        'is not the name of a device',
        'write it as nodes do, domain/name: kubectl get nodes -o jsonpath={.items[*].status.allocatable}',
      )
}

/** The size of a huge page, as nodes name it. */
export const pageSize: Rule<string> = matches(
  /^[1-9]\d{0,5}[KMG]i$/,
  'is not the size of a huge page',
  'write it as nodes do, such as 2Mi or 1Gi',
)

/** The name of a DeviceClass. */
export const deviceClass = named('device class', 'deviceclasses')

/** A priority class that an inventory may give to a group. */
export const priorityClass: Rule<string> = (value) =>
  value.startsWith(SYSTEM_PRIORITY)
    ? {
        reason: `${shown(value)} is one of the cluster's own classes`,
        hint: 'make a class for jobs: kubectl create priorityclass',
      }
    : named('priority class', 'priorityclasses')(value)

/** CPU cores in a Kubernetes quantity: `8`, `0.5`, `500m`. */
export const cores: Rule<string | number> = (value) => {
  const hint = 'write cores, such as 8, 0.5 or 500m'
  const amount = /^-?[\d.]+m?$/.test(String(value)) ? quantity(value) : undefined
  if (amount === undefined) return { reason: `${shown(value)} is not a number of CPU cores`, hint }
  return amount > 0n ? undefined : { reason: `${shown(value)} is not more than 0`, hint }
}

/** Bytes in a Kubernetes quantity, at least a mebibyte: less is a forgotten unit. */
export const bytes: Rule<string | number> = (value) => {
  const amount = quantity(value)
  if (amount === undefined)
    return { reason: `${shown(value)} is not a Kubernetes quantity`, hint: rewritten(String(value)) }
  if (amount <= 0n)
    return { reason: `${shown(value)} is not more than 0`, hint: 'write an amount such as 60Gi' }
  return amount < MEBI
    ? { reason: `${shown(value)} is less than a mebibyte`, hint: rewritten(String(value)) }
    : undefined
}

/** The same, or 0 for none. */
export const bytesOrNone: Rule<string | number> = (value) =>
  quantity(value) === 0n ? undefined : bytes(value)

const rewritten = (value: string): string => {
  const [, number, unit = ''] = /^([\d.]+)\s*([kmgtpe]?)i?(?:b|bytes?)?$/i.exec(value.trim()) ?? []
  if (number === undefined) return 'write a number with Mi, Gi or Ti, such as 60Gi'
  const letter = unit.toUpperCase() || 'G'
  return `write ${number}${letter}i (powers of 1024) or ${number}${letter === 'K' ? 'k' : letter} (powers of 1000)`
}

/** The comment field of an account. */
export const gecos: Rule<string> = matches(
  /^[^:\p{Cc}]*$/u,
  'holds a colon, a line break or another control character',
  'leave it out: /etc/passwd has one account a line, its fields between colons',
)

/** An absolute path on a client machine, in its simplest form. */
export const absolutePath: Rule<string> = matches(
  PLAIN_PATH,
  'is not a plain absolute path',
  'begin with /, without .., //, a / at the end, colons and control characters',
)

const SYSTEM_DIRECTORY = /^\/(bin|boot|dev|etc|lib\w*|proc|root|run|sbin|sys|tmp|usr|var(?!\/home\/))(\/|$)/

/** A directory that may belong to one user alone: it gets their uid and mode 0700. */
export const homeDirectory: Rule<string> = (value) => {
  const hint = 'choose a directory of the user alone, such as /home/bob'
  const wrong = (what: string): Mistake => ({ reason: `${shown(value)} ${what}`, hint })
  if (value === '/') return wrong('is the root of the machine')
  const mistake = absolutePath(value)
  if (mistake !== undefined) return mistake
  return SYSTEM_DIRECTORY.test(value) || !value.includes('/', 1) ? wrong('belongs to the system') : undefined
}

/** A directory on the NAS; `/` is all of it. */
export const nasPath: Rule<string> = (value) => (value === '/' ? undefined : absolutePath(value))

/** An NFS server as the CSI driver takes it: a name or an IPv4 address, IPv6 in brackets. */
export const nasServer: Rule<string> = (value) => {
  if (/^\[.*\]$/.test(value) && isIPv6(value.slice(1, -1))) return undefined
  const hint = 'write the address of the mount target alone; the directory goes into path, IPv6 into [ ]'
  if (value.includes(':')) return { reason: `${shown(value)} holds a colon`, hint }
  return matches(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/, 'is not a server name', hint)(value)
}

/** A CSI driver by the name of its CSIDriver object. */
export const csiDriverName = named('CSI driver', 'csidrivers', 63)

/** Attributes that say which directory is meant: without it verify could not tell who else reaches it. */
export const csiAttributes: Rule<Readonly<Record<string, string>>> = (value) => {
  const texts = Object.values(value)
  const words = texts.flatMap((text) => text.match(/\{\w*\}/g) ?? [])
  const hint = 'such as { server: {server}, share: {path} }, each of the two in quotes'
  const unknown = words.find((word) => word !== '{server}' && word !== '{path}')
  if (unknown !== undefined) return { reason: `${unknown} is neither {server} nor {path}`, hint }
  const missing = ['{server}', '{path}'].find((word) => !words.includes(word))
  return missing === undefined
    ? undefined
    : { reason: `has ${missing} nowhere, so volumes would not differ by it`, hint }
}

/** A name for `--limit`, whose list is divided by commas. */
export const hostName: Rule<string> = matches(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
  'is not a name for a machine',
  'write letters, digits, dots, _ and -, at most 63 characters',
)

/** What `ssh` takes as a machine: an address, a name, an alias of ssh_config. */
export const address: Rule<string> = (value) => {
  if (isIP(value) !== 0) return undefined
  if (value.includes('@'))
    return { reason: `${shown(value)} holds a user`, hint: 'give it in the field user' }
  const [, inside = '', port] = /^\[(.+)\](?::(\d+))?$/.exec(value) ?? []
  if (isIPv6(inside))
    return {
      reason: `${shown(value)} is in brackets`,
      hint: `write ${inside}${port === undefined ? '' : `, and port: ${port} beside it`}`,
    }
  if (/^[^:]+:\d+$/.test(value))
    return { reason: `${shown(value)} holds a port`, hint: 'give it in the field port' }
  return matches(
    /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/,
    'is not an address',
    'write an IP address, a DNS name or a Host of your ssh_config',
  )(value)
}

/** A name to log in with over SSH. */
export const loginName: Rule<string> = matches(
  /^[A-Za-z_][\w.@\\-]*$/,
  'is not a login name',
  'write the account to log in as, such as root',
)

export const port: Rule<number> = (value) =>
  Number.isInteger(value) && value >= 1 && value <= 65_535
    ? undefined
    : { reason: `${value} is not a port`, hint: 'write a whole number from 1 to 65535, such as 22' }

/** Machines to connect through as in `ssh -J`: `user@host:port`, comma-separated; `none` for a direct connection. */
export const proxyJump: Rule<string> = (value) => {
  const odd = value === 'none' ? undefined : value.split(',').find((jump) => !isJump(jump.trim()))
  return odd === undefined
    ? undefined
    : {
        reason: `${shown(odd)} is not a machine to jump through`,
        hint: 'write user@bastion:22; user and port may be left out, commas divide several',
      }
}

const isJump = (jump: string): boolean => {
  const [, bracketed, plain, number = '22'] =
    /^(?:[A-Za-z_][\w.\\-]*@)?(?:\[([^\]]+)\]|([^@:[\]]+))(?::(\d+))?$/.exec(jump) ?? []
  return address(bracketed ?? plain ?? '') === undefined && port(Number(number)) === undefined
}

/** A public host key as in known_hosts, without the names before it. */
export const hostKey: Rule<string> = matches(
  /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-[\w.@-]+) AAAA[A-Za-z0-9+/]+={0,2}( .*)?$/,
  'is not a public host key',
  'write its type and base64 part, such as "ssh-ed25519 AAAA…", from /etc/ssh/ssh_host_ed25519_key.pub there',
)

/** The name of an environment variable. */
export const variable: Rule<string> = matches(
  /^[A-Za-z_]\w*$/,
  'is not the name of a variable',
  'write the name alone, without $',
)

/** The address of an API server. */
export const apiServer: Rule<string> = (value) => {
  const url = URL.parse(value)
  const hint = 'write the address that users reach the API server at, such as https://10.0.0.91:6443'
  if (url === null) return { reason: `${shown(value)} is not a URL`, hint }
  if (url.protocol !== 'https:') return { reason: `${shown(value)} is not https`, hint }
  return bareUrl(url, hint)
}

const bareUrl = (url: URL, hint: string): Mistake | undefined =>
  url.username || url.password || url.search || url.hash
    ? { reason: 'holds more than an address', hint }
    : undefined

/** A name that a certificate holds. */
export const tlsName: Rule<string> = (value) =>
  isIP(value) !== 0
    ? undefined
    : matches(
        /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/,
        'is not a name in a certificate',
        'write a DNS name or an IP address alone, such as kubernetes.default.svc',
      )(value)

/** A proxy as kubectl takes it; every user reads it. */
export const proxyUrl: Rule<string> = (value) => {
  const url = URL.parse(value)
  const hint = 'write a URL such as http://10.0.0.3:3128; http, https and socks5 are possible'
  if (url === null || !['http:', 'https:', 'socks5:'].includes(url.protocol))
    return { reason: 'is not the URL of a proxy', hint }
  return bareUrl(url, hint)
}

/** A path on this machine, or an https URL. */
export const archive: Rule<string> = (value) => {
  const hint = 'write a path, or a URL that begins with https://'
  const url = /^\w+:\/\//.test(value) ? URL.parse(value) : undefined
  if (url === undefined) return oneLine(value)
  if (url?.protocol !== 'https:') return { reason: `${shown(value)} is not an https URL`, hint }
  return url.username || url.password ? { reason: 'holds a password', hint } : undefined
}

export const sha256: Rule<string> = matches(
  /^[0-9a-f]{64}$/,
  'is not a SHA-256 sum',
  'write the 64 hexadecimal digits that `sha256sum <archive>` prints, in lower case',
)

const CRYPT = [
  /^\$6\$(rounds=\d+\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86}$/,
  /^\$5\$(rounds=\d+\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{43}$/,
  /^\$y\$[./A-Za-z0-9]+\$[./A-Za-z0-9]{1,86}\$[./A-Za-z0-9]{43}$/,
]

/** A password hash of crypt(3) that is worth having; the value is never quoted. */
export const passwordHash: Rule<string> = (value) => {
  const hint = 'make one with `mkpasswd -m yescrypt` or `openssl passwd -6`'
  if (CRYPT.some((form) => form.test(value))) return undefined
  if (/^[!*]/.test(value) || value === '')
    return {
      reason: 'lets nobody in, or locks the account',
      hint: 'leave it out for an account without a password',
    }
  if (/^\$(6|5|y)\$/.test(value))
    return {
      reason: 'is cut short, or holds characters that no hash has',
      hint: `${hint}, and quote it whole`,
    }
  return /^\$\w+\$/.test(value)
    ? { reason: 'is a kind of hash other than yescrypt ($y$), SHA-512 ($6$) and SHA-256 ($5$)', hint }
    : { reason: 'is not a password hash', hint: `${hint}; a plain password never stands in the inventory` }
}

/** An image as a container names it; it becomes an argument and a line of YAML. */
export const image: Rule<string> = matches(
  /^[a-z0-9][\w.\-/:@]*$/i,
  'is not the name of an image',
  'write it as `arena submit --image` takes it, such as registry.example.com/library/busybox:1.36',
)
