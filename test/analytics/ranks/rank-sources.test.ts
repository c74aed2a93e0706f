import { describe, expect, test } from 'vitest'
import { ivAnswer } from '../../../src/analytics/answers/iv-answer.ts'
import { emptyMetrics } from '../../../src/analytics/answers/market-answer.ts'
import { rankFigures } from '../../../src/analytics/ranks/rank-figures.ts'
import { historyAt } from '../../../src/analytics/stored/reader.ts'
import { newYorkInstant, sessionOn, sessionsBetween } from '../../../src/market/calendar.ts'
import { type SessionDate, sessionDate } from '../../../src/market/units.ts'
import type { ObservationRow } from '../../../src/snapshot/daily-observations.ts'
import { NO_DAILY_PRICES } from '../../../src/snapshot/daily-prices.ts'
import { DEFINITION_VERSION } from '../../../src/snapshot/definition-version.ts'

/** The day on which the lake began: a year of IB's daily values was filled in, and our own chains begin. */
const BEGINNING = sessionDate('2026-01-05')
const BEFORE = sessionsBetween(sessionDate('2024-12-16'), sessionDate('2026-01-02')).map(({ date }) => date)
const AFTER = sessionsBetween(BEGINNING, sessionDate('2027-06-30')).map(({ date }) => date)

const observation = (
  date: SessionDate,
  source: 'chain' | 'ib_index',
  iv30: number,
  version: number | null = source === 'chain' ? DEFINITION_VERSION : null,
): ObservationRow => ({
  symbol: 'SPY',
  date,
  source,
  iv30,
  close: null,
  vix: null,
  cycles: source === 'chain' ? 6 : null,
  recorded_at: 0,
  definition_version: version,
  ...NO_DAILY_PRICES,
})
/** The two sources have no value in common: a value of one in the other's window would change its range. */
const theirVol = (at: number) => 0.3 + (at % 37) / 1_000
const ourVol = (at: number) => 0.15 + (at % 37) / 1_000
const THEIR_LIVE = 0.312
const OUR_LIVE = 0.159

interface Life {
  /** Sessions collected so far; today is the one after them. */
  readonly collected: number
  /** Whether IB's value was stored on the evening of a collected session. */
  readonly toppedUp?: (session: number) => boolean
  readonly theirLive?: number | null
  readonly ourLive?: number | null
  /** The version that our value of a collected session follows. */
  readonly version?: (session: number) => number | null
}

/** Every rank of a slot at 11:00 on the day after the collected sessions. */
function ranksAfter({
  collected,
  toppedUp = () => true,
  theirLive = THEIR_LIVE,
  ourLive = OUR_LIVE,
  version = () => DEFINITION_VERSION,
}: Life) {
  const own = AFTER.slice(0, collected)
  const observed = [
    ...BEFORE.map((date, at) => observation(date, 'ib_index', theirVol(at))),
    ...own.flatMap((date, at) => (toppedUp(at) ? [observation(date, 'ib_index', theirVol(at))] : [])),
    ...own.map((date, at) => observation(date, 'chain', ourVol(at), version(at))),
  ]
  const today = AFTER[collected] as SessionDate
  const slot = newYorkInstant(today, '11:00')
  const past = historyAt({ observed, metrics: [] }, 'SPY', { at: slot, date: today }, sessionOn)
  const figures = rankFigures({ ...past, slot, date: today, ivIndexFraction: theirLive }, ourLive)
  const windows = [
    [figures.iv_rank_60d, figures.iv_percentile_60d],
    [figures.iv_rank_126d, figures.iv_percentile_126d],
    [figures.iv_rank, figures.iv_percentile],
  ] as const
  for (const pair of windows) {
    for (const one of pair) expect(one.value === null).toBe(one.reason !== null)
    expect(pair[0].observations).toBe(pair[1].observations)
  }
  return {
    observed,
    figures,
    basis: windows.map(([{ source, window, observations, reason }]) => ({
      source,
      window,
      observations,
      reason,
    })),
    values: windows.map(([rank, percentile]) => [rank.value, percentile.value]),
  }
}

const windows = (
  source: 'chain' | 'ib_index',
  counts: readonly [number, number, number],
  reason: string | null = null,
) => counts.map((observations, at) => ({ source, window: [60, 126, 252][at], observations, reason }))

/** Rank and percentile among the last values of one source, computed without windows, sessions or dates. */
function expected(values: readonly number[], current: number) {
  return [60, 126, 252].map((window) => {
    const among = values.slice(-window)
    const [low, high] = [Math.min(...among), Math.max(...among)]
    const below = among.filter((value) => value < current).length
    const rank = Math.min(100, Math.max(0, (100 * (current - low)) / (high - low)))
    return [rank, (100 * below) / among.length]
  })
}

describe("a year of the gateway's daily values, and our own chains on top", () => {
  test.each([0, 1, 19, 20, 60, 126, 130, 200, 250])(
    'after %d sessions of collecting, with daily values every evening, the ranks are still those of the gateway',
    (collected) => {
      const { basis, values } = ranksAfter({ collected })
      expect(basis).toEqual(windows('ib_index', [60, 126, 252]))
      const theirs = [
        ...BEFORE.map((_, at) => theirVol(at)),
        ...AFTER.slice(0, collected).map((_, at) => theirVol(at)),
      ]
      expect(values).toEqual(expected(theirs, THEIR_LIVE))
    },
  )

  test('with 252 sessions of our own, the ranks use ours', () => {
    const { basis, values } = ranksAfter({ collected: 252 })
    expect(basis).toEqual(windows('chain', [60, 126, 252]))
    expect(values).toEqual(
      expected(
        AFTER.slice(0, 252).map((_, at) => ourVol(at)),
        OUR_LIVE,
      ),
    )
  })
})

describe('evenings without daily values', () => {
  test('a gap in the middle makes the windows thinner, and nothing of ours fills it', () => {
    const { basis } = ranksAfter({ collected: 60, toppedUp: (session) => session < 10 || session >= 40 })
    expect(basis).toEqual(windows('ib_index', [30, 96, 222]))
    const later = ranksAfter({ collected: 130, toppedUp: (session) => session < 40 || session >= 70 })
    expect(later.basis).toEqual(windows('ib_index', [60, 96, 222]))
  })

  test("if they ended long ago, ours are used for windows that the gateway's no longer cover", () => {
    const quarter = ranksAfter({ collected: 60, toppedUp: () => false })
    expect(quarter.basis).toEqual(windows('chain', [60, 60, 60]))
    expect(quarter.values).toEqual(
      expected(
        AFTER.slice(0, 60).map((_, at) => ourVol(at)),
        OUR_LIVE,
      ),
    )
    const half = ranksAfter({ collected: 130, toppedUp: (session) => session < 60 })
    expect(half.basis).toEqual(windows('chain', [60, 126, 130]))
  })

  test("if they ended a few weeks ago, the gateway's are still used for every window, with fewer observations", () => {
    expect(ranksAfter({ collected: 60, toppedUp: (session) => session < 30 }).basis).toEqual(
      windows('ib_index', [30, 96, 222]),
    )
  })
})

describe('what is missing today', () => {
  test("without the gateway's live value, our value is ranked among ours", () => {
    expect(ranksAfter({ collected: 60, theirLive: null }).basis).toEqual(windows('chain', [60, 60, 60]))
    const young = ranksAfter({ collected: 10, theirLive: null })
    expect(young.basis).toEqual(windows('ib_index', [60, 126, 252], 'no_current_value'))
  })

  test("without our own iv30, the gateway's is ranked among the gateway's, however few they are", () => {
    const { basis } = ranksAfter({ collected: 252, ourLive: null, toppedUp: (session) => session > 200 })
    expect(basis).toEqual(windows('ib_index', [51, 51, 51]))
  })

  test('without either there is no rank, and the reason says what to look for', () => {
    const { basis, values } = ranksAfter({ collected: 60, ourLive: null, theirLive: null })
    expect(basis).toEqual(windows('ib_index', [60, 126, 252], 'no_current_value'))
    expect(values.flat()).toEqual(Array(6).fill(null))
  })
})

describe('observations of other versions of the definitions', () => {
  const older = (until: number) => (session: number) =>
    session < until ? DEFINITION_VERSION - 1 : DEFINITION_VERSION

  test('are not ranked with ours of today', () => {
    const { basis, values } = ranksAfter({ collected: 252, theirLive: null, version: older(200) })
    expect(basis).toEqual(windows('chain', [52, 52, 52]))
    const ours = AFTER.slice(200, 252).map((_, at) => ourVol(200 + at))
    expect(values).toEqual(expected(ours, OUR_LIVE))
    expect(ranksAfter({ collected: 252, theirLive: null, version: () => null }).basis).toEqual(
      windows('ib_index', [60, 126, 252], 'no_current_value'),
    )
  })

  test("while there are few of today's, the gateway's are ranked, which have no version", () => {
    expect(ranksAfter({ collected: 252, version: older(200) }).basis).toEqual(
      windows('ib_index', [60, 126, 252]),
    )
  })

  test('are shown in the history with their version, and are neither its lowest nor its highest', () => {
    const { observed, figures } = ranksAfter({ collected: 100, theirLive: null, version: older(60) })
    const today = AFTER[100] as SessionDate
    const none = emptyMetrics()
    const slot = newYorkInstant(today, '11:00')
    const data = { ...none, symbol: 'SPY', slot, date: today, figures: { ...none.figures, ...figures } }
    const answer = ivAnswer(data, observed, { symbol: 'SPY', now: slot, from: BEGINNING, to: today })
    expect(answer.history).toHaveLength(100)
    expect(new Set(answer.history.map((day) => day.definition_version))).toEqual(
      new Set([DEFINITION_VERSION - 1, DEFINITION_VERSION]),
    )
    const current = AFTER.slice(60, 100).map((_, at) => ourVol(60 + at))
    expect(answer.low?.iv30).toBe(Math.min(...current))
    expect(answer.low?.definition_version).toBe(DEFINITION_VERSION)
  })
})

test('the history shown beside the ranks has the same source', () => {
  for (const life of [
    { collected: 60 },
    { collected: 60, toppedUp: () => false },
    { collected: 130, toppedUp: (session: number) => session < 60 },
    { collected: 252 },
  ]) {
    const { observed, figures } = ranksAfter(life)
    const today = AFTER[life.collected] as SessionDate
    const slot = newYorkInstant(today, '11:00')
    const none = emptyMetrics()
    const data = { ...none, symbol: 'SPY', slot, date: today, figures: { ...none.figures, ...figures } }
    const question = { symbol: 'SPY', now: slot, from: sessionDate('2025-01-02'), to: today }
    const { iv_source, history } = ivAnswer(data, observed, question)
    expect(iv_source).toBe(figures.iv_rank.source)
    const bound = iv_source === 'chain' ? [0.15, 0.187] : [0.3, 0.337]
    expect(history.length).toBeGreaterThan(50)
    expect(history.every(({ iv30 }) => iv30! >= bound[0]! && iv30! < bound[1]!)).toBe(true)
  }
})
