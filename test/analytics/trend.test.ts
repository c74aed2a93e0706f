import { describe, expect, test } from 'vitest'
import { type Bar, trendOf } from '../../src/analytics/trend.ts'
import { random } from './random.ts'

const bars = (closes: number[], iv30: number | null = 0.16): Bar[] => closes.map((close) => ({ close, iv30 }))
const flat = (count: number) => Array<number>(count).fill(100)
const ramp = (count: number, step: number) => Array.from({ length: count }, (_, at) => 100 * (1 + step) ** at)

test('a rise is up, a fall is down, no change is neutral', () => {
  expect(trendOf(bars(ramp(60, 0.001)), 'daily').value?.direction).toBe('up')
  expect(trendOf(bars(ramp(60, -0.001)), 'daily').value?.direction).toBe('down')
  expect(trendOf(bars(flat(60)), 'daily').value).toMatchObject({ direction: 'neutral', gap: 0, bars: 60 })
})

test("the band is a quarter of a day's volatility, or a quarter percent if none is known", () => {
  expect(trendOf(bars(flat(50), 0.16), 'daily').value?.band).toBeCloseTo((0.25 * 0.16) / Math.sqrt(252), 12)
  expect(trendOf(bars(flat(50), null), 'daily').value?.band).toBe(0.0025)
  expect(trendOf(bars(flat(50), 0.16), 'intraday').value?.band).toBeCloseTo(
    (0.25 * 0.16) / Math.sqrt(252 * 78),
    12,
  )
})

describe('the dead band', () => {
  /** The gap at the last bar of a standstill whose last 20 closes are higher by a share. */
  const stepped = (share: number) => [...flat(40), ...Array<number>(20).fill(100 * (1 + share))]

  test('within the band no trend begins', () => {
    const { value } = trendOf(bars(stepped(0.003), null), 'daily')
    expect(value?.gap).toBeGreaterThan(0.00125)
    expect(value).toMatchObject({ direction: 'neutral' })
  })

  test('a trend continues within the band and ends within half of it', () => {
    const risen = stepped(0.006)
    expect(trendOf(bars(risen, null), 'daily').value?.direction).toBe('up')
    // Once risen, the gap shrinks as the slow average catches up.
    const states = Array.from({ length: 31 }, (_, more) => {
      const { value } = trendOf(bars([...risen, ...Array<number>(more).fill(100.6)], null), 'daily')
      return { direction: value!.direction, gap: value!.gap }
    })
    for (const { direction, gap } of states) expect(direction).toBe(gap < 0.00125 ? 'neutral' : 'up')
    expect(states.some(({ gap }) => gap < 0.0025 && gap > 0.00125)).toBe(true)
    expect(states.at(-1)?.direction).toBe('neutral')
  })
})

test('with the daily band a random walk of five minutes would be called neutral most of the time', () => {
  const normal = random(7)
  let price = 600
  const walk = Array.from(
    { length: 4_000 },
    () => (price *= Math.exp((0.16 / Math.sqrt(252 * 78)) * normal())),
  )
  const neutral = (pace: 'daily' | 'intraday') => {
    let count = 0
    for (let end = 252; end <= walk.length; end += 20) {
      if (trendOf(bars(walk.slice(end - 252, end)), pace).value?.direction === 'neutral') count++
    }
    return count / ((walk.length - 252) / 20)
  }
  expect(neutral('daily')).toBeGreaterThan(0.5)
  expect(neutral('intraday')).toBeLessThan(0.2)
})

test.each<[string, Bar[]]>([
  ['no bars', []],
  ['49 bars', bars(flat(49))],
  ['bars without a price', bars([...flat(49), 0, Number.NaN, -1])],
])('%s: null with its reason', (_, few) => {
  expect(trendOf(few, 'daily')).toEqual({ value: null, reason: 'too_few_bars' })
})

test('bars further back than 252 change nothing', () => {
  const long = [...ramp(300, 0.01), ...ramp(252, -0.0001)]
  expect(trendOf(bars(long), 'daily')).toEqual(trendOf(bars(long.slice(-252)), 'daily'))
})
