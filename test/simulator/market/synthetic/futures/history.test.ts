import { describe, expect, test } from 'vitest'
import { newYorkDate } from '../../../../../src/market/calendar.ts'
import { epochMs } from '../../../../../src/market/units.ts'
import { type BarKind, DAY_SECONDS, type SimContract } from '../../../../../src/simulator/market/market.ts'
import { futuresMarket, time } from './market.ts'

const noon = time('2026-12-15', '12:00')
const market = futuresMarket({ seed: 7, asOf: noon })
const named = (localSymbol: string) => market.find({ secType: 'FUT', localSymbol })[0] as SimContract
const barsOf = (
  localSymbol: string,
  what: BarKind,
  request: { from: number; to: number; barSeconds: number; regularHours?: boolean },
) => {
  const { from, to, ...rest } = request
  return market.bars(named(localSymbol), what, { startAt: epochMs(from), endAt: epochMs(to), ...rest })
}
const dayOf = { from: time('2026-12-14', '00:00'), to: time('2026-12-14', '17:00'), barSeconds: DAY_SECONDS }
const wholeDay = { from: time('2026-12-13', '18:00'), to: time('2026-12-14', '17:00') }

describe.each(['ESH7', 'CLG7'])('bars of %s', (name) => {
  test('of minutes add up to the daily bar of the trade date', () => {
    const minutes = barsOf(name, 'TRADES', { ...wholeDay, barSeconds: 60 })
    const [day, second] = barsOf(name, 'TRADES', dayOf)
    expect(second).toBeUndefined()
    expect(minutes).toHaveLength(23 * 60)
    expect(newYorkDate(day!.startAt)).toBe('2026-12-14')
    expect(day).toMatchObject({
      open: minutes[0]?.open,
      high: Math.max(...minutes.map(({ high }) => high)),
      low: Math.min(...minutes.map(({ low }) => low)),
      close: minutes.at(-1)?.close,
      volume: minutes.reduce((sum, { volume }) => sum + (volume as number), 0),
    })
    expect(market.quote(named(name), time('2026-12-14', '17:00'))).toMatchObject({
      last: day?.close,
      volume: day?.volume,
    })
  })

  test('of regular hours add up to their daily bar too', () => {
    const minutes = barsOf(name, 'TRADES', { ...wholeDay, barSeconds: 60, regularHours: true })
    const [day] = barsOf(name, 'TRADES', { ...dayOf, regularHours: true })
    expect(minutes).toHaveLength(name === 'ESH7' ? 450 : 330)
    expect(day).toMatchObject({
      open: minutes[0]?.open,
      high: Math.max(...minutes.map(({ high }) => high)),
      low: Math.min(...minutes.map(({ low }) => low)),
      close: minutes.at(-1)?.close,
      volume: minutes.reduce((sum, { volume }) => sum + (volume as number), 0),
    })
  })

  test('end with the quote of the moment', () => {
    const now = epochMs(time('2026-12-15', '03:21') + 17_000)
    const last = barsOf(name, 'TRADES', { from: now - 600_000, to: now + 1, barSeconds: 60 }).at(-1)
    expect(last?.close).toBe(market.quote(named(name), now).last)
  })

  test('of bid, ask and midpoint are around those of the trades, and options’ kinds there are none', () => {
    const span = { from: time('2026-12-14', '20:00'), to: time('2026-12-14', '21:00'), barSeconds: 300 }
    const [trades, bids, asks, mids] = (['TRADES', 'BID', 'ASK', 'MIDPOINT'] as const).map((what) =>
      barsOf(name, what, span),
    )
    for (const [at, bar] of trades!.entries()) {
      expect(bids?.[at]?.close).toBeLessThanOrEqual(bar.close)
      expect(asks?.[at]?.close).toBeGreaterThanOrEqual(bar.close)
      expect(mids?.[at]).toMatchObject({ volume: null })
    }
    expect(trades).toHaveLength(12)
    expect(barsOf(name, 'OPTION_IMPLIED_VOLATILITY', span)).toEqual([])
    expect(market.headTimestamp(named(name), 'HISTORICAL_VOLATILITY')).toBeNull()
  })

  test('there are none in the break, and single trades add up to the volume of a bar', () => {
    const pause = { from: time('2026-12-14', '17:00'), to: time('2026-12-14', '18:00') }
    expect(barsOf(name, 'TRADES', { ...pause, barSeconds: 300 })).toEqual([])
    const span = { startAt: time('2026-12-14', '22:00'), endAt: time('2026-12-14', '22:05') }
    const trades = market.trades(named(name), span)
    const [bar] = barsOf(name, 'TRADES', { from: span.startAt, to: span.endAt, barSeconds: 300 })
    expect(trades.reduce((sum, { size }) => sum + size, 0)).toBe(bar?.volume)
    expect(Math.max(...trades.map(({ price }) => price))).toBeLessThanOrEqual(bar?.high as number)
    expect(market.quoteChanges(named(name), span)).toHaveLength(300)
  })
})

test('a holiday’s trading is in the daily bar of the next session, with its halt', () => {
  const from = time('2026-11-25', '18:00')
  const to = time('2026-11-27', '13:15')
  const bars = barsOf('ESZ6', 'TRADES', { from, to, barSeconds: 300 })
  expect(bars.some(({ startAt }) => startAt === time('2026-11-26', '12:55'))).toBe(true)
  expect(
    bars.some(
      ({ startAt }) => startAt >= time('2026-11-26', '13:00') && startAt < time('2026-11-26', '18:00'),
    ),
  ).toBe(false)
  const days = barsOf('ESZ6', 'TRADES', { from, to, barSeconds: DAY_SECONDS })
  expect(days.map(({ startAt }) => newYorkDate(startAt))).toEqual(['2026-11-27'])
  expect(days[0]?.volume).toBe(bars.reduce((sum, { volume }) => sum + (volume as number), 0))
})
