import { defined } from '../base/defined.ts'
import { wrongFlag } from '../base/errors.ts'
import type { InventoryInput } from '../inventory/schema.ts'
import { address, hostName, loginName, port } from '../inventory/values.ts'

type HostInput = InventoryInput['hosts'][number]

const FORM =
  'write --host client01=root@10.0.0.97, with :port if it is another than 22; --host client01 when ' +
  'ssh_config knows the rest; --host client01=local on the machine itself'

/** The machine that `--host` names: `name`, `name=[user@]address[:port]` or `name=local`. */
export const hostFrom = (text: string): HostInput => {
  const [, name = '', at] = /^([^=]*)(?:=(.*))?$/s.exec(text)!
  if (at === 'local') return checked(text, { name, connection: 'local' })
  if (at === undefined) return checked(text, { name })
  const [, user, bracketed, plain, number] = /^(?:(.*)@)?(?:\[(.*)\]|([^:]*))(?::(.*))?$/s.exec(at) ?? []
  return checked(text, {
    name,
    address: bracketed ?? plain ?? at,
    ...defined({ user }),
    ...(number !== undefined && { port: Number(number || Number.NaN) }),
    // Reading takes root, so whoever logs in as somebody else becomes root there.
    ...(user !== undefined && user !== 'root' && { sudo: true as const }),
  })
}

const checked = (text: string, host: HostInput): HostInput => {
  const mistake =
    hostName(host.name) ??
    (host.address === undefined ? undefined : address(host.address)) ??
    (host.user === undefined ? undefined : loginName(host.user)) ??
    (host.port === undefined ? undefined : port(host.port))
  if (mistake === undefined) return host
  throw wrongFlag(`--host ${text}`, mistake.reason, FORM)
}
