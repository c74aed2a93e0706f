import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readManifest } from '../../../src/experiments/files/manifest.ts'
import { stepRecordSchema } from '../../../src/experiments/files/step-record.ts'

/** The files of runs in a folder, checked. */
export interface FolderCheck {
  readonly files: number
  readonly records: number
  /** Files that end within a line: only a killed process may leave one. */
  readonly brokenEnds: number
  /** What no run may leave, in words. */
  readonly faults: readonly string[]
}

export function checkFolder(folder: string): FolderCheck {
  const names = readdirSync(folder, { withFileTypes: true }).map(({ name }) => name)
  const files = names.filter((name) => name.endsWith('.jsonl'))
  const faults = names
    .filter((name) => !/\.(?:jsonl|manifest\.json)$/.test(name))
    .map((name) => `a file that was left over: ${name}`)
  let records = 0
  let brokenEnds = 0
  for (const name of files) {
    const path = join(folder, name)
    const lines = readFileSync(path, 'utf8').split('\n')
    if (lines.pop() !== '') brokenEnds++
    records += lines.length
    faults.push(...faultsOfLines(lines).map((fault) => `${name}: ${fault}`))
    faults.push(...faultsOfManifest(path, lines.length).map((fault) => `${name}: ${fault}`))
  }
  return { files: files.length, records, brokenEnds, faults }
}

function faultsOfLines(lines: readonly string[]): string[] {
  let last = -1
  for (const [at, line] of lines.entries()) {
    try {
      const { step } = stepRecordSchema.parse(JSON.parse(line))
      if (last >= 0 && step !== last + 1) return [`step ${step} after step ${last}`]
      last = step
    } catch (error) {
      return [`line ${at + 1}: ${(error as Error).message.slice(0, 200)}`]
    }
  }
  return []
}

function faultsOfManifest(path: string, records: number): string[] {
  const reading = readManifest(path)
  if (reading.kind !== 'manifest') return [`its manifest is ${reading.kind}`]
  const { outcome } = reading.manifest
  if (outcome.kind === 'running') return []
  const bytes = readFileSync(path)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const { file, reason } = outcome
  if (file.bytes !== bytes.length || file.sha256 !== sha256 || file.records !== records)
    return ['its manifest describes another file']
  return reason === '' || reason.includes('\n') ? [`its reason is no line: ${reason}`] : []
}
