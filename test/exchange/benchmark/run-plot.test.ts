import { expect, test } from 'vitest'
import { bucketsOf, sumsOf } from '../../../scripts/bench/scenarios/buckets.ts'
import { plotRun } from '../../../scripts/bench/scenarios/run-plot.ts'
import type { RunColumns } from '../../../src/exchange/statistics/run-columns.ts'
import { linearScale, logScale, timeScale } from '../../../src/experiments/report/charts/axis.ts'

test('a bucket keeps the extremes of its steps, and is null without a value', () => {
  expect(bucketsOf([1, 5, 3, -1, -1, 2], 3, (value) => (value < 0 ? null : value))).toEqual([
    { low: 1, high: 5, mean: 3 },
    { low: 3, high: 3, mean: 3 },
    { low: 2, high: 2, mean: 2 },
  ])
  expect(bucketsOf([-1, -1], 1, () => null)).toEqual([null])
  expect(sumsOf([1, 2, 3, 4, 5], 2)).toEqual([3, 12])
})

test('tick marks are round numbers inside the range', () => {
  const labels = (scale: { ticks: readonly { label: string }[] }) => scale.ticks.map(({ label }) => label)
  expect(labels(linearScale(943, 1_021, 0, 1, 6))).toEqual(['960', '980', '1,000', '1,020'])
  expect(labels(linearScale(0, 0.3, 0, 1, 3))).toEqual(['0.0', '0.1', '0.2', '0.3'])
  expect(labels(logScale(0.01, 12, 0, 1))).toEqual(['0.01', '0.1', '1', '10'])
  expect(labels(timeScale(54_000, 10, 0, 1, 10)).slice(0, 4)).toEqual(['0:00', '0:10', '0:20', '0:30'])
})

test('a scale maps its range onto the axis', () => {
  expect(linearScale(0, 10, 100, 0, 5)(5)).toBe(50)
  expect(logScale(1, 100, 100, 0)(10)).toBeCloseTo(50)
  expect(logScale(1, 100, 100, 0)(0)).toBe(100)
})

function columns(steps: number, spreadTicks = 5): RunColumns {
  const filled = (value: number) => new Float32Array(steps).fill(value)
  return {
    steps,
    midTicks: filled(100_000),
    fundamentalTicks: filled(100_010),
    spreadTicks: new Int32Array(steps).fill(spreadTicks),
    bidDepth: filled(5_000),
    askDepth: filled(5_000),
    volume: filled(100),
    makerVolume: filled(0),
    makerToMakerVolume: filled(0),
    spikingVolume: filled(0),
  }
}

const plot = (run: RunColumns, title = 'a run') =>
  plotRun({
    title,
    columns: run,
    tickDollars: 0.01,
    stepsPerSecond: 10,
    marks: [{ step: 100, label: 'here & there' }],
  })

test('a plot is one small SVG file without outside references, and holds no invalid number', () => {
  const svg = plot(columns(54_000), 'a <run>')
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
  expect(svg).toContain('a &lt;run>')
  expect(svg).toContain('here &amp; there')
  expect(svg).not.toMatch(/NaN|Infinity|undefined|href|<script/)
  expect(svg.length).toBeLessThan(150_000)
})

test('a step whose side is empty leaves a gap in the spread', () => {
  const run = columns(5_400)
  run.spreadTicks.fill(-1, 2_000, 3_000)
  const stretches = (svg: string) => /<path class="line mid" d="([^"]*)"\/>/g[Symbol.matchAll](svg)
  const [, spread] = [...stretches(plot(run))]
  expect(spread?.[1]?.match(/M/g)).toHaveLength(2)
})

test('an hour in which one side is always empty is drawn too', () => {
  expect(plot(columns(5_400, -1))).not.toMatch(/NaN|Infinity/)
})
