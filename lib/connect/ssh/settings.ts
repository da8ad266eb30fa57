import type { Secret } from '../../base/secret.ts'

/** How to reach one machine as root; what is left out comes from ssh_config, then from ssh's own defaults. */
export interface HostSettings {
  name: string
  /** What one would give to `ssh`: a host name, an IP address or a `Host` of ssh_config. */
  address: string
  /** `ssh` is node-ssh, `openssh` this machine's own ssh. */
  connection: 'ssh' | 'openssh' | 'local'
  user?: string | undefined
  port?: number | undefined
  /** Private key to log in with, before any other. */
  identityFile?: string | undefined
  /** Whether keys of the ssh agent may be used; by default, when there is an agent. */
  agent?: boolean | undefined
  /** Jump hosts as in `ssh -J`: `user@host:port`, comma-separated; `none` for a direct connection. */
  proxyJump?: string | undefined
  /** The only host keys accepted: type and base64, as in known_hosts. Otherwise known_hosts files decide. */
  hostKey?: readonly string[] | undefined
  /** Read instead of `~/.ssh/config` and `/etc/ssh/ssh_config`; `none` reads neither. */
  sshConfig?: string | undefined
  /** Read instead of the known_hosts files of ssh_config and the user. */
  knownHosts?: string | undefined
  /** Login password, tried once and after the keys. */
  password?: Secret | undefined
  /** Become root by sudo: without a password, or with this one. */
  sudo?: true | { password: Secret } | undefined
}
