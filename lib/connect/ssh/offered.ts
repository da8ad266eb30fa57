import { createRequire } from 'node:module'

/** Where ssh2 keeps what it offers when nothing else is asked for. */
interface Constants {
  DEFAULT_KEX: readonly string[]
  DEFAULT_CIPHER: readonly string[]
  DEFAULT_MAC: readonly string[]
}

const ssh2: Constants = createRequire(import.meta.url)('ssh2/lib/protocol/constants.js')

/** Algorithms that we offer a server, as its sshd_config calls the list that one of them must be in. */
export interface Offer {
  what: string
  option: string
  algorithms: readonly string[]
}

/** What a server took none of, when that is why a handshake failed. */
export const offerIn = (message: string, hostKeys: readonly string[]): Offer | undefined =>
  [
    { what: 'key exchange', option: 'KexAlgorithms', algorithms: ssh2.DEFAULT_KEX },
    { what: 'host key', option: 'HostKeyAlgorithms', algorithms: hostKeys },
    { what: 'cipher', option: 'Ciphers', algorithms: ssh2.DEFAULT_CIPHER },
    { what: 'MAC', option: 'MACs', algorithms: ssh2.DEFAULT_MAC },
  ].find(({ what }) => message.includes(`no matching`) && message.includes(what))
