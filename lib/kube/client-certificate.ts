import { X509Certificate } from 'node:crypto'

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/**
 * Whom a certificate of a kubeconfig (base64 of PEM) makes somebody at the API server, such as
 * `O=system:masters, CN=admin`; undefined where none of these authorities (PEM) has signed it, or it is none.
 */
export const clientNamedBy = (certificate: string, authorities: string): string | undefined => {
  try {
    const client = new X509Certificate(Buffer.from(certificate, 'base64'))
    const isSigned = (authorities.match(PEM) ?? [])
      .map((pem) => new X509Certificate(pem))
      .some((authority) => client.checkIssued(authority) && client.verify(authority.publicKey))
    return isSigned ? client.subject.split('\n').join(', ') : undefined
  } catch {
    return undefined
  }
}

/** Whether two texts (PEM) name a certificate authority in common. */
export const sameAuthority = (one: string, other: string): boolean => {
  const of = (text: string): string[] => (text.match(PEM) ?? []).map((pem) => pem.replaceAll(/\s/g, ''))
  return of(one).some((pem) => of(other).includes(pem))
}
