import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { EXIT, Failure } from '../../process/failure.ts'

/** What the server needs for https and wss, and the fingerprint by which a client can know it. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
  /** SHA-256, as in `12:AB:…`. */
  readonly fingerprint: string
}

/**
 * Reads certificate and key; null when neither is configured.
 * @throws Failure EXIT.configuration when one is missing, cannot be read, or they do not belong together.
 */
export function readTlsFiles({
  certificateFile,
  keyFile,
}: {
  readonly certificateFile: string | null
  readonly keyFile: string | null
}): TlsFiles | null {
  if (certificateFile === null && keyFile === null) return null
  if (certificateFile === null || keyFile === null) {
    const missing = certificateFile === null ? 'certificateFile' : 'keyFile'
    throw new Failure(
      EXIT.configuration,
      `exchange.${missing} is null: TLS needs both a certificate and its key`,
    )
  }
  const cert = read('certificateFile', certificateFile)
  const key = read('keyFile', keyFile)
  try {
    createSecureContext({ cert, key })
    return { cert, key, fingerprint: new X509Certificate(cert).fingerprint256 }
  } catch (error) {
    throw new Failure(
      EXIT.configuration,
      `exchange.certificateFile ${certificateFile} and exchange.keyFile ${keyFile} are not a certificate and its key: ${(error as Error).message}`,
      error,
    )
  }
}

function read(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Failure(
      EXIT.configuration,
      `exchange.${option} ${path} cannot be read: ${(error as Error).message}`,
    )
  }
}
