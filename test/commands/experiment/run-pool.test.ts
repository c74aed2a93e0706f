import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import type { PlannedRun, RunResult } from '../../../src/commands/experiment/planned-runs.ts'
import { makeRuns, type PoolOptions } from '../../../src/commands/experiment/run-pool.ts'
import { type Manifest, readManifest } from '../../../src/experiments/files/manifest.ts'
import { stepRecordSchema } from '../../../src/experiments/files/step-record.ts'
import { Failure } from '../../../src/process/failure.ts'
import { withFolder } from '../../support/temporary-folder.ts'

// The threads run the compiled program, which `npm test` builds first.
const workerFile = resolve(import.meta.dirname, '../../../dist/commands/experiment/run-worker.js')

function planned(change: Partial<PlannedRun> = {}): PlannedRun {
  return {
    ...{ scenario: 'normal_market', scenarioId: 'normal_market', seed: null, steps: 40, rules: 'research' },
    ...{ experiment: 'passive', mode: 'passive', strategyFile: null },
    ...change,
  }
}

/** A strategy in a file of its own, as a user writes it. */
function ownStrategy(folder: string, name: string, decide: string): PlannedRun {
  const strategyFile = join(folder, `${name}.mjs`)
  const fields = `name: '${name}', description: 'of a test', mode: 'active'`
  writeFileSync(strategyFile, `export default { ${fields}, decide(step, market, state) { ${decide} } }\n`)
  return planned({ experiment: name, strategyFile, mode: 'active' })
}

async function make(folder: string, plan: readonly PlannedRun[], options: Partial<PoolOptions> = {}) {
  return makeRuns(
    plan,
    { folder: join(folder, 'raw'), venue: { kind: 'embedded' }, version: '0.0.0' },
    { parallel: 2, signal: new AbortController().signal, workerFile, ...options },
  )
}

function manifestOf({ file }: RunResult): Manifest {
  const reading = readManifest(file ?? '')
  if (reading.kind !== 'manifest') throw new Error(`${file}: ${reading.kind}`)
  return reading.manifest
}

/** Checks that a file has whole records, and is the one that its manifest describes. */
function checkFile({ file }: RunResult): number {
  const bytes = readFileSync(file ?? '')
  const lines = bytes.toString('utf8').split('\n')
  expect(lines.pop()).toBe('')
  for (const line of lines) stepRecordSchema.parse(JSON.parse(line))
  expect(manifestOf({ file } as RunResult).outcome).toMatchObject({
    file: {
      ...{ bytes: bytes.length, records: lines.length },
      sha256: createHash('sha256').update(bytes).digest('hex'),
    },
  })
  return lines.length
}

test('runs in threads have a file and a manifest each, and are told as they go', () =>
  withFolder(async (folder) => {
    const told: string[] = []
    const plan = [
      planned({ experiment: 'spread_cross_100', mode: 'active', seed: 9 }),
      planned({ seed: 9, rules: 'original', steps: 25 }),
      planned({ seed: 9, experiment: 'inventory_mgmt', mode: 'active' }),
    ]
    const results = await make(folder, plan, {
      events: {
        started: (at) => void told.push(`started ${at}`),
        ended: (at, { kind }) => void told.push(`${kind} ${at}`),
      },
    })
    expect(results.map(checkFile)).toEqual([41, 26, 41])
    expect(told.slice().sort()).toEqual(
      ['ended 0', 'ended 1', 'ended 2', 'started 0', 'started 1', 'started 2'].sort(),
    )
    expect(manifestOf(results[1] as RunResult)).toMatchObject({
      ...{ scenario: 'normal_market', experiment: 'passive', seed: 9, rules: 'original', planned_steps: 25 },
      host: { kind: 'embedded', address: null, secure: false },
      scenario_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      outcome: { kind: 'complete', reason: 'all 25 steps', steps: 25, fill_attribution: 'exact' },
    })
    expect(readdirSync(join(folder, 'raw'))).toHaveLength(6)
  }))

test('strategies that hang, throw, leave or fail later end their own runs alone, and keep what was recorded', () =>
  withFolder(async (folder) => {
    const plan = [
      ownStrategy(folder, 'hangs', 'while (step === 7); return []'),
      ownStrategy(folder, 'throws', 'if (step === 7) null.price; return []'),
      ownStrategy(folder, 'leaves', 'if (step === 7) process.exit(0); return []'),
      ownStrategy(
        folder,
        'detached',
        'if (step === 7) setTimeout(() => { throw new Error("later") }); return []',
      ),
      planned(),
    ]
    const results = await make(folder, plan, { decisionLimitMs: 100 })
    const [hangs, throws, leaves, detached, passive] = results as RunResult[]
    for (const result of [hangs, throws, leaves] as RunResult[]) expect(checkFile(result)).toBeGreaterThan(6)
    expect(manifestOf(hangs as RunResult).outcome).toMatchObject({
      ...{ kind: 'strategy_too_slow', steps: 6 },
      reason: 'hangs: it did not answer step 7 and was ended: the limit is 100 ms',
    })
    expect(hangs).toMatchObject({ kind: 'failed', end: 'strategy_too_slow', error: { exitCode: 78 } })
    expect(manifestOf(throws as RunResult).outcome).toMatchObject({
      ...{ kind: 'strategy_failed', steps: 7 },
      reason: expect.stringMatching(/^throws at step 7: .*throws\.mjs:1: TypeError: Cannot read/),
    })
    expect(manifestOf(leaves as RunResult).outcome).toMatchObject({
      ...{ kind: 'strategy_failed', steps: 6 },
      reason: 'leaves: its thread has ended: it must not call process.exit',
    })
    expect(manifestOf(detached as RunResult).outcome).toMatchObject({
      kind: 'strategy_failed',
      reason: expect.stringMatching(/^detached: outside of decide: .*detached\.mjs:1: Error: later$/),
    })
    expect(checkFile(passive as RunResult)).toBe(41)
  }))

test('a strategy of TypeScript runs in a thread of the compiled program, beside a module of its own', () =>
  withFolder(async (folder) => {
    writeFileSync(join(folder, 'lots.ts'), 'export const lot = (step: number): number => 100 + step\n')
    const strategyFile = join(folder, 'typed.ts')
    writeFileSync(
      strategyFile,
      `import type { Strategy } from 'optionlake'
import { lot } from './lots.ts'
export default {
  name: 'typed',
  description: 'of a test',
  mode: 'active',
  decide(step, market) {
    return market.ask === null ? [] : [{ kind: 'order', side: 'BUY', price: market.ask, qty: lot(step) }]
  },
} satisfies Strategy
`,
    )
    const [typed] = await make(folder, [planned({ experiment: 'typed', strategyFile, mode: 'active' })])
    expect(typed).toMatchObject({ kind: 'ended' })
    expect(checkFile(typed as RunResult)).toBe(41)
  }))

test('a run that cannot begin writes nothing, and the others go on', () =>
  withFolder(async (folder) => {
    const results = await make(folder, [
      planned({ scenario: 'no_market', scenarioId: 'no_market' }),
      planned({ experiment: 'no_experiment' }),
      planned({ experiment: 'mine', strategyFile: join(folder, 'none.mjs') }),
      planned(),
    ])
    const [scenario, experiment, file, passive] = results
    expect(scenario).toMatchObject({ kind: 'failed', file: null, error: { exitCode: 64 } })
    expect(experiment).toMatchObject({ kind: 'failed', file: null, error: { exitCode: 64 } })
    expect(file).toMatchObject({ kind: 'failed', file: null, error: { exitCode: 78 } })
    for (const one of [scenario, experiment, file])
      expect(one?.kind === 'failed' && one.error instanceof Failure && one.error.message).not.toMatch(/\n/)
    expect(checkFile(passive as RunResult)).toBe(41)
    expect(readdirSync(join(folder, 'raw'))).toHaveLength(2)
  }))

test('a run that does not end when it is stopped is ended, and its manifest says who stopped it', () =>
  withFolder(async (folder) => {
    const stopping = new AbortController()
    const [hangs] = await make(folder, [ownStrategy(folder, 'hangs', 'while (step === 7); return []')], {
      ...{ signal: stopping.signal, stopLimitMs: 100 },
      events: { advanced: (_, step) => step === 7 && stopping.abort(new Error('stopped by SIGINT')) },
    })
    expect(hangs).toMatchObject({ kind: 'failed', end: 'stopped', error: { exitCode: 0 } })
    expect(manifestOf(hangs as RunResult).outcome).toMatchObject({
      ...{ kind: 'stopped', reason: 'stopped by SIGINT; it did not end within 0.1 s', steps: 6 },
    })
  }))

test('a folder that cannot be made is refused, and below /proc too', () =>
  withFolder(async (folder) => {
    writeFileSync(join(folder, 'file'), '')
    for (const raw of [join(folder, 'file', 'raw'), '/proc/none/raw']) {
      const [result] = await makeRuns(
        [planned()],
        { folder: raw, venue: { kind: 'embedded' }, version: '0.0.0' },
        { parallel: 1, signal: AbortSignal.timeout(5_000), workerFile },
      )
      expect(result).toMatchObject({
        ...{ kind: 'failed', end: null, file: null },
        error: { exitCode: 73, message: expect.stringContaining(`cannot create the folder ${raw} (`) },
      })
    }
  }))

test('stopping keeps what the runs have recorded, and begins no other', () =>
  withFolder(async (folder) => {
    const stopping = new AbortController()
    const results = await make(folder, [planned({ steps: 1_000_000 }), planned({ seed: 2 })], {
      ...{ parallel: 1, signal: stopping.signal },
      events: { advanced: (_, step) => step > 5 && stopping.abort(new Error('stopped by SIGINT')) },
    })
    expect(results[0]).toMatchObject({ kind: 'ended', outcome: { end: { kind: 'stopped' } } })
    expect(checkFile(results[0] as RunResult)).toBeGreaterThan(5)
    expect(manifestOf(results[0] as RunResult).outcome).toMatchObject({
      ...{ kind: 'stopped', reason: 'stopped by SIGINT' },
    })
    expect(results[1]).toMatchObject({ kind: 'failed', file: null, error: { exitCode: 0 } })
  }))
