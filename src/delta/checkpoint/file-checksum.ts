import { sha256 } from '../commit-file.ts'

/**
 * A checkpoint carries the SHA-256 of its own bytes in its footer, computed with the digits blank. It is compared before
 * anything is parsed: the Parquet reader trusts what it reads, and one flipped bit can keep it in a loop for ever.
 */
export const BLANK_CHECKSUM = '0'.repeat(64)

/** Between key and value of a footer entry: a string field follows, of 64 bytes (Thrift compact protocol). */
const VALUE_OF_64_BYTES = Buffer.from([0x18, 0x40])

/** Writes the checksum in the place of the blank one, which is the last in the file. */
export function fillChecksum(bytes: Buffer): void {
  bytes.write(sha256(bytes), bytes.lastIndexOf(BLANK_CHECKSUM), 'ascii')
}

/** Whether the file is as it was written; null if its footer has no checksum under the key. */
export function matchesOwnChecksum(bytes: Buffer, key: string): boolean | null {
  const entry = Buffer.concat([Buffer.from(key), VALUE_OF_64_BYTES])
  const found = bytes.lastIndexOf(entry)
  if (found < 0) return null
  const at = found + entry.length
  const checksum = bytes.toString('latin1', at, at + BLANK_CHECKSUM.length)
  const blank = Buffer.from(bytes)
  blank.write(BLANK_CHECKSUM, at, 'ascii')
  return sha256(blank) === checksum
}
