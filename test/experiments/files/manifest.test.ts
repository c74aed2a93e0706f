import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import {
  type Manifest,
  manifestWarning,
  readManifest,
  writeManifest,
} from '../../../src/experiments/files/manifest.ts'

const folder = mkdtempSync(join(tmpdir(), 'optionlake-manifest-'))
afterAll(() => rmSync(folder, { recursive: true }))

const manifest: Manifest = {
  format: 'optionlake.experiment-run',
  format_version: 1,
  optionlake_version: '0.2.0',
  records: 'run.jsonl',
  scenario: 'normal_market',
  scenario_sha256: null,
  experiment: 'passive',
  mode: 'passive',
  strategy: { description: 'does nothing', file: null, file_sha256: null },
  run_id: 'run-1',
  seed: 7,
  agent_seeds: null,
  rules: 'research',
  host: { kind: 'exchange', address: '127.0.0.1:8080', secure: false },
  configuration: { steps: 100 },
  planned_steps: 100,
  started_at: '2026-11-22T01:11:05.123Z',
  outcome: { kind: 'running' },
}
const complete: Manifest['outcome'] = {
  kind: 'complete',
  ended_at: '2026-11-22T01:12:05.123Z',
  reason: 'all 100 steps',
  steps: 100,
  file: { bytes: 5_000, records: 101, sha256: '00' },
  late_fills: [],
}

test('a manifest is replaced in one piece, and nothing else is left in the folder', () => {
  const path = join(folder, 'run.jsonl')
  writeManifest(path, manifest)
  expect(readManifest(path)).toEqual({ kind: 'manifest', manifest })
  writeManifest(path, { ...manifest, outcome: complete })
  expect(readManifest(path)).toEqual({ kind: 'manifest', manifest: { ...manifest, outcome: complete } })
  expect(readdirSync(folder)).toEqual(['run.manifest.json'])
})

test('a manifest that is not one is not written, and the old one stays', () => {
  const path = join(folder, 'run.jsonl')
  const before = readFileSync(join(folder, 'run.manifest.json'), 'utf8')
  expect(() => writeManifest(path, { ...manifest, seed: Number.NaN })).toThrow('seed')
  expect(readFileSync(join(folder, 'run.manifest.json'), 'utf8')).toBe(before)
})

test('an absent manifest and a damaged one are two things', () => {
  expect(readManifest(join(folder, 'absent.jsonl'))).toEqual({ kind: 'absent' })
  writeFileSync(join(folder, 'cut.manifest.json'), '{"format":')
  expect(readManifest(join(folder, 'cut.jsonl'))).toMatchObject({ kind: 'damaged' })
  writeFileSync(join(folder, 'other.manifest.json'), JSON.stringify({ ...manifest, rules: 'none' }))
  expect(readManifest(join(folder, 'other.jsonl'))).toMatchObject({
    kind: 'damaged',
    reason: expect.stringMatching(/^rules: /),
  })
})

test('a reader hears of a run without an end, a changed file and a damaged manifest', () => {
  const warning = (outcome: Manifest['outcome']) =>
    manifestWarning({ kind: 'manifest', manifest: { ...manifest, outcome } }, 4_000)
  expect(warning({ kind: 'running' })).toBe('its manifest says running: the run goes on, or its process died')
  expect(warning(complete)).toBe('it has 4000 bytes, and had 5000 when the run ended: it was changed since')
  expect(warning({ ...complete, file: { ...complete.file, bytes: 4_000 } })).toBeNull()
  expect(manifestWarning({ kind: 'damaged', reason: 'seed: missing' }, 1)).toContain('seed: missing')
  expect(manifestWarning({ kind: 'absent' }, 1)).toBeNull()
})
