import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { EXIT, Failure } from '../../process/failure.ts'

/** Which certificates of an exchange are trusted beyond those of the known authorities. */
export type CertificateTrust =
  | { readonly kind: 'authorities' }
  /** This very certificate, known by its SHA-256. */
  | { readonly kind: 'fingerprint'; readonly sha256: string }
  /** The certificates of a PEM file: each as itself, or as the authority that has issued the exchange's. */
  | {
      readonly kind: 'file'
      readonly path: string
      readonly pem: string
      readonly sha256: ReadonlySet<string>
    }

/** What a TLS handshake has shown about the other side. */
export interface PeerCertificate {
  /** SHA-256 as in `12:AB:…`; null when it has sent no certificate. */
  readonly sha256: string | null
  /** Why the chain or the name is not valid; null when both are. */
  readonly problem: string | null
}

/**
 * The value of --trust-certificate: a SHA-256 fingerprint, with or without colons, or the path of a PEM file.
 * @throws Failure EXIT.configuration for a file that is no certificate.
 */
export function readCertificateTrust(value: string | null): CertificateTrust {
  if (value === null) return { kind: 'authorities' }
  const hex = value.replace(/^sha-?256[:/ ]/i, '').replaceAll(':', '')
  if (/^[0-9a-f]{64}$/i.test(hex)) return { kind: 'fingerprint', sha256: withColons(hex) }
  let pem: string
  try {
    pem = readFileSync(value, 'utf8')
  } catch (error) {
    throw new Failure(
      EXIT.configuration,
      `--trust-certificate ${value} is neither a SHA-256 fingerprint nor a file that can be read: ${(error as Error).message}`,
    )
  }
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
  try {
    const sha256 = new Set(blocks.map((block) => new X509Certificate(block).fingerprint256))
    if (sha256.size > 0) return { kind: 'file', path: value, pem: blocks.join('\n'), sha256 }
  } catch {
    // Said below.
  }
  throw new Failure(
    EXIT.configuration,
    `--trust-certificate ${value} has no PEM certificate (-----BEGIN CERTIFICATE-----)`,
  )
}

/**
 * Why a peer is not to be trusted, in words that say what to do; null when it is. A certificate that the user has named
 * is trusted as it is: its own name, date and issuer say nothing more.
 */
export function distrust(
  { sha256, problem }: PeerCertificate,
  trust: CertificateTrust,
  address: string,
): string | null {
  if (sha256 === null) return `${address} has shown no certificate`
  switch (trust.kind) {
    case 'fingerprint':
      return sha256 === trust.sha256
        ? null
        : `the certificate of ${address} is not the trusted one: its SHA-256 is ${sha256}, and --trust-certificate says ${trust.sha256}`
    case 'file':
      return problem === null || trust.sha256.has(sha256)
        ? null
        : `the certificate of ${address} is not in ${trust.path} nor issued by one that is: its SHA-256 is ${sha256} (${problem})`
    case 'authorities':
      return problem === null
        ? null
        : `the certificate of ${address} cannot be verified (${problem}): if it is the right one, add --trust-certificate ${sha256}`
  }
}

function withColons(hex: string): string {
  return (hex.toUpperCase().match(/../g) ?? []).join(':')
}
