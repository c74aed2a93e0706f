import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { compareRunFiles } from '../../../src/experiments/analysis/compare-files.ts'
import { openRunEngine, type RunEngine } from '../../../src/experiments/analysis/engine.ts'
import { isNotTheMarket, isOfTheRun } from '../../../src/experiments/analysis/first-difference.ts'
import { impactReport } from '../../../src/experiments/analysis/impact-report.ts'
import { measureImpact } from '../../../src/experiments/analysis/measure-impact.ts'
import { selectRuns } from '../../../src/experiments/analysis/select-runs.ts'
import { smallRun, writeOriginalRun, writeRun } from '../support/step-records.ts'

let folder: string
let engine: RunEngine

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'optionlake-impact-'))
  engine = await openRunEngine({ folders: [folder] })
})

afterEach(() => {
  engine.close()
  rmSync(folder, { recursive: true, force: true })
})

const MIDS = [1000, 1001, 1000, 1002, 1003]

/** A passive run, and one whose buy at step 1 lifts the mid by `impact` from the step after. */
function writePair(seed: number, impact: number, qty = 100): void {
  writeRun(
    folder,
    `normal_market_passive_passive_${seed}_${qty}.jsonl`,
    smallRun({ experiment: 'passive', mode: 'passive', seed, steps: MIDS.map((mid) => ({ mid })) }),
  )
  const order = { id: 'o1', side: 'BUY', price: 1001.1, qty } as const
  const fill = { order_id: 'o1', side: 'BUY', price: 1001.1, qty } as const
  writeRun(
    folder,
    `normal_market_buy_${qty}_active_${seed}.jsonl`,
    smallRun({
      experiment: `buy_${qty}`,
      seed,
      steps: MIDS.map((mid, step) => ({
        mid: step < 2 ? mid : mid + impact,
        ...(step === 1 && { orders: [order] }),
        ...(step === 2 && { fills: [fill] }),
      })),
    }),
  )
}

test('impact is measured against the passive run of the same seed, with intervals over the seeds', async () => {
  for (const [seed, impact] of [0.5, 0.75, 1].entries()) writePair(seed, impact)
  const measured = await measureImpact(engine, selectRuns(folder))
  expect(measured).toMatchObject({ passiveRuns: 3, withoutPassive: [], empty: [], damagedLines: 0 })
  const [market] = impactReport(measured.runs)
  expect(market).toMatchObject({ scenario: 'normal_market', rules: 'research', seeds: 3 })
  const [experiment] = market?.experiments ?? []
  expect(experiment).toMatchObject({ experiment: 'buy_100', runs: 3 })
  expect(experiment?.orderImpacts[0]).toMatchObject({ mean: 0.75, seeds: 3 })
  expect(experiment?.midDifference.mean).toBeCloseTo((3 * 0.75) / 5, 10)
  expect(experiment?.orderImpacts[0]?.interval?.[0]).toBeGreaterThan(0)
  expect(market?.fillsByQuantity).toMatchObject([
    { experiment: 'buy_100', key: 100, orders: 3, quantityRate: { mean: 1 } },
  ])
  expect(market?.fillsByPlacement).toMatchObject([{ key: 'at the far touch', wholeRate: { mean: 1 } }])
})

test('experiments whose names differ in a number make one curve over quantities, with its exponent', async () => {
  for (const seed of [1, 2]) for (const qty of [100, 400, 1_600]) writePair(seed, Math.sqrt(qty / 100), qty)
  const [market] = impactReport((await measureImpact(engine, selectRuns(folder))).runs)
  const curve = market?.orderCurves.find(({ horizonSteps }) => horizonSteps === 1)
  expect(curve?.name).toBe('buy_N')
  expect(curve?.curve.points.map(({ quantity, mean }) => [quantity, mean])).toEqual([
    [100, 1],
    [400, 2],
    [1_600, 4],
  ])
  expect(curve?.curve.exponent).toBeCloseTo(0.5, 10)
})

test('a run without a passive run has fills but no impact, and a file without records is named', async () => {
  writePair(1, 1)
  rmSync(join(folder, 'normal_market_passive_passive_1_100.jsonl'))
  writeFileSync(join(folder, 'empty.jsonl'), '')
  const measured = await measureImpact(engine, selectRuns(folder))
  expect(measured.empty).toEqual([join(folder, 'empty.jsonl')])
  expect(measured.withoutPassive).toEqual([join(folder, 'normal_market_buy_100_active_1.jsonl')])
  expect(measured.runs).toMatchObject([{ market: null, executed: [], fills: { wholeRate: 1 } }])
  await expect(measureImpact(engine, [join(folder, 'empty.jsonl')])).rejects.toThrow(
    /no run that trades among 1 files/,
  )
})

test('files of the original framework are paired too', async () => {
  const steps = MIDS.map((mid) => ({ mid }))
  writeOriginalRun(folder, 'a.jsonl', smallRun({ experiment: 'passive', steps }))
  const order = { id: 'x', side: 'SELL', price: 1000.9, qty: 100 } as const
  writeOriginalRun(
    folder,
    'b.jsonl',
    smallRun({
      experiment: 'sell',
      steps: MIDS.map((mid, at) => ({ mid, ...(at === 1 && { orders: [order] }) })),
    }),
  )
  const measured = await measureImpact(engine, selectRuns(folder))
  expect(measured).toMatchObject({ passiveRuns: 1, withoutPassive: [], runs: [{ seed: null, rules: null }] })
})

test('runs are chosen by file, by folder or by a pattern, and nothing found is an error', () => {
  writePair(1, 1)
  const passive = join(folder, 'normal_market_passive_passive_1_100.jsonl')
  expect(selectRuns(passive)).toEqual([passive])
  expect(selectRuns(join(folder, 'normal_market_pass*'))).toEqual([passive])
  expect(selectRuns(folder)).toHaveLength(2)
  for (const nothing of ['nowhere', join(folder, 'x*'), join(folder, 'nowhere', '*.jsonl')])
    expect(() => selectRuns(nothing)).toThrow(
      `no runs in ${nothing} (${nothing.includes('x*') ? 'no file has such a name' : 'it is not there'})`,
    )
})

test('two files are compared step by step, as runs and as markets', async () => {
  writePair(1, 0.25)
  const [buy, passive] = selectRuns(folder) as [string, string]
  expect(await compareRunFiles(buy, buy, isOfTheRun)).toEqual({
    equalSteps: 5,
    difference: null,
    damagedLines: [0, 0],
  })
  expect(await compareRunFiles(passive, buy, isNotTheMarket)).toMatchObject({
    equalSteps: 2,
    difference: { step: 2, field: 'market.bid', left: 999.9, right: 1000.15 },
    damagedLines: [null, null],
  })
})
