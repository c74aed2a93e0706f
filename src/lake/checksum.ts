import { createHash } from 'node:crypto'

/** SHA-256 in hexadecimal, as the log stores it. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** @param sha256 null for a file of another program, which has no checksum in the log: any bytes match. */
export function matchesChecksum(bytes: Uint8Array, sha256: string | null): boolean {
  return sha256 === null || sha256Of(bytes) === sha256
}
