import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { EXIT, Failure } from '../../process/failure.ts'
import { type ManifestOutcome, readManifest, writeManifest } from '../files/manifest.ts'
import type { WrittenFile } from '../files/step-log.ts'
import type { RecordedRun } from './recorded-run.ts'

type Ended = Exclude<ManifestOutcome, { kind: 'running' }>

/**
 * Writes the end of a run whose thread could not: it was ended, or has died. Its file has every line that was written.
 * @throws Failure EXIT.io when the manifest cannot be read or written
 */
export function finishManifest(
  path: string,
  kind: Ended['kind'],
  reason: string,
): Omit<RecordedRun, 'exitCode'> {
  const reading = readManifest(path)
  if (reading.kind !== 'manifest') throw new Failure(EXIT.io, `the manifest of ${path} is ${reading.kind}`)
  const { manifest } = reading
  const file = measure(path)
  const ended = { reason, file, steps: Math.max(0, file.records - 1), late_fills: [] }
  const outcome: Ended = { kind, ...ended, ended_at: new Date().toISOString() }
  writeManifest(path, { ...manifest, outcome })
  return { path, runId: manifest.run_id, seed: manifest.seed, outcome, figures: null }
}

const PIECE_BYTES = 1 << 20
const LINE_END = 0x0a

/** Bytes, whole lines and SHA-256 of a file that is there. */
function measure(path: string): WrittenFile {
  const hash = createHash('sha256')
  const piece = Buffer.allocUnsafe(PIECE_BYTES)
  let bytes = 0
  let records = 0
  const fd = openSync(path, 'r')
  try {
    for (let read = readSync(fd, piece); read > 0; read = readSync(fd, piece)) {
      const part = piece.subarray(0, read)
      hash.update(part)
      bytes += read
      for (let at = part.indexOf(LINE_END); at >= 0; at = part.indexOf(LINE_END, at + 1)) records++
    }
  } finally {
    closeSync(fd)
  }
  return { bytes, records, sha256: hash.digest('hex') }
}
