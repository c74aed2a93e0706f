import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readManifest } from '../../../src/experiments/files/manifest.ts'
import { recordRun } from '../../../src/experiments/run/recorded-run.ts'
import type { Venue, VenueEnd, VenueStep } from '../../../src/experiments/run/venue.ts'
import type { Experiment } from '../../../src/experiments/strategies/experiment.ts'
import { epochMs } from '../../../src/market/units.ts'
import { EXIT, Failure } from '../../../src/process/failure.ts'
import { withFolder } from '../../support/temporary-folder.ts'
import { strategyOf } from './played-run.ts'

function stepAt(step: number): VenueStep {
  const market = {
    ...{ step, timestamp: '', bid: 99, ask: 101, mid: 100, spread: 2, bidSize: 100, askSize: 100 },
    ...{ bids: [{ price: 99, qty: 100 }], asks: [{ price: 101, qty: 100 }], trades: [], lastTrade: null },
  }
  return { kind: 'step', market, fills: [], refusals: [], cancelled: [], stepMs: 1 }
}

/** A venue that answers a number of steps and then does something else. */
function venueOf(steps: number, after: () => VenueEnd): Venue & { readonly isClosed: () => boolean } {
  let at = 0
  let closed = false
  return {
    run: { runId: 'r', seed: null, steps: null },
    ...{ cancelsAtOnce: true, fillAttribution: 'exact' },
    open: async () => stepAt(at++),
    step: async () => (at < steps ? stepAt(at++) : after()),
    close: async () => {
      closed = true
    },
    isClosed: () => closed,
  }
}

function experimentOf(change: Partial<Experiment> = {}): Experiment {
  const strategy = strategyOf(() => [])
  const { name, description, mode } = strategy
  return { name, description, mode, file: null, create: () => strategy, ...change }
}

function record(folder: string, venue: Venue, experiment = experimentOf()) {
  return recordRun(
    folder,
    { scenario: 's', rules: 'research', steps: null, decisionLimitMs: 1_000, maxInventory: 5_000 },
    {
      ...{ version: '0', scenarioSha256: null, agentSeeds: null, configuration: {} },
      host: { kind: 'exchange', address: 'h:1', secure: false },
    },
    {
      ...{ experiment, signal: new AbortController().signal },
      openVenue: async () => venue,
      clock: { now: () => epochMs(1_000), monotonicMs: () => performance.now() },
    },
  )
}

const complete = (): VenueEnd => ({
  ...{ kind: 'end', end: { kind: 'complete', reason: 'all' }, fills: [], refusals: [] },
})

test('runs that begin in the same millisecond have files of their own', () =>
  withFolder(async (folder) => {
    const paths = await Promise.all(
      [1, 2, 3].map(async () => (await record(folder, venueOf(3, complete))).path),
    )
    expect(new Set(paths).size).toBe(3)
    expect(readdirSync(folder)).toHaveLength(6)
  }))

test('a venue that fails ends the run, with its reason in the manifest and whole lines in the file', () =>
  withFolder(async (folder) => {
    const venue = venueOf(4, () => {
      throw new Failure(EXIT.refused, 'the account is not listed')
    })
    const { path, exitCode, figures } = await record(folder, venue)
    expect({ exitCode, figures, closed: venue.isClosed() }).toEqual({
      ...{ exitCode: EXIT.refused, figures: null, closed: true },
    })
    expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(4)
    expect(readManifest(path)).toMatchObject({
      manifest: { outcome: { kind: 'failed', reason: 'the account is not listed', steps: 3 } },
    })
  }))

test('a run that cannot begin leaves neither file nor open venue', () =>
  withFolder(async (folder) => {
    const into = join(folder, 'raw')
    const throwing = experimentOf({
      create: () => {
        throw new Failure(EXIT.configuration, 'no strategy')
      },
    })
    const first = venueOf(3, complete)
    await expect(record(into, first, throwing)).rejects.toThrow('no strategy')
    expect({ closed: first.isClosed(), exists: existsSync(into) }).toEqual({ closed: true, exists: false })

    const second = venueOf(3, complete)
    await expect(record(into, second, experimentOf({ file: join(folder, 'gone.ts') }))).rejects.toThrow(
      'ENOENT',
    )
    expect({ closed: second.isClosed(), files: readdirSync(into) }).toEqual({ closed: true, files: [] })
  }))
