import { emptyMetrics } from '../../../src/analytics/answers/market-answer.ts'
import type { Known } from '../../../src/analytics/features/as-of.ts'
import { HISTORY_COLUMNS } from '../../../src/analytics/features/feature-columns.ts'
import type { FeatureDay } from '../../../src/analytics/features/feature-rows.ts'
import { barKnownAt, observationKnownAt, slotKnownAt } from '../../../src/analytics/features/known-at.ts'
import { sessionsOf } from '../../../src/analytics/figure-session.ts'
import { marketMetricsRow } from '../../../src/analytics/stored/metrics-row.ts'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { addDays, type EpochMs, epochMs, type SessionDate, sessionDate } from '../../../src/market/units.ts'
import type { ObservationRow } from '../../../src/snapshot/daily-observations.ts'
import { NO_DAILY_PRICES } from '../../../src/snapshot/daily-prices.ts'
import { DEFINITION_VERSION } from '../../../src/snapshot/definition-version.ts'
import type { MarketMetricsRow } from '../../../src/snapshot/figures/market-metrics.ts'
import { GRID_POINTS, type SurfaceGridRow } from '../../../src/snapshot/surface/surface-grid.ts'
import type { UnderlyingBarRow } from '../../../src/snapshot/underlying-bars.ts'

/** A stored value with the moment from which anybody could have known it, by rules of its own and not by those of the join. */
export interface Made<Row> {
  readonly row: Row
  readonly availableAt: number
  /** Of a slot: when its cycle ended; null where the ledger does not say. */
  readonly finishedAt?: number | null
}

/** One symbol's stored values around a trade date: some late, twice, missing, or computed again long after. */
export interface RandomLake {
  readonly date: SessionDate
  readonly slots: readonly Made<MarketMetricsRow>[]
  readonly observed: readonly Made<ObservationRow>[]
  readonly vix: readonly Made<ObservationRow>[]
  readonly bars: readonly Made<UnderlyingBarRow>[]
  readonly grid: readonly Made<SurfaceGridRow>[]
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const sessionOn = sessionsOf({ symbol: 'SPY' })
/** A quarter without early closes: its sessions end at 16:00. */
const FIRST = sessionDate('2026-01-20')
const QUARTER_DAYS = 90

export function randomLake(random: () => number): RandomLake {
  const within = (low: number, high: number) => low + (high - low) * random()
  const whole = (low: number, high: number) => Math.floor(within(low, high + 1))
  const chance = (share: number) => random() < share
  const session = (() => {
    for (;;) {
      const date = addDays(FIRST, whole(40, QUARTER_DAYS))
      if (sessionOn(date)) return date
    }
  })()
  const before = Array.from({ length: whole(25, 45) }, (_, at) => addDays(session, -1 - at)).filter(
    (date) => sessionOn(date) || chance(0.1),
  )

  function slotsOf(date: SessionDate, count: number): Made<MarketMetricsRow>[] {
    return Array.from({ length: count }, () => {
      const at = newYorkInstant(date, `${whole(10, 15)}:${String(5 * whole(0, 11)).padStart(2, '0')}`)
      // Most cycles end within their slot; some were recovered hours or days later, some entries do not say when.
      const lateMs = chance(0.15) ? within(0, 3 * DAY_MS) : within(20_000, 280_000)
      const finishedAt = chance(0.08) ? null : Math.round(at + lateMs)
      return { row: slotRow(date, at), finishedAt, availableAt: finishedAt ?? at + 60 * MINUTE_MS }
    }).flatMap((one) => (chance(0.1) ? [one, again(one)] : [one]))
  }

  /** The slot was written once more, with other values. */
  function again(one: Made<MarketMetricsRow>): Made<MarketMetricsRow> {
    const later = Math.round(one.availableAt + within(0, 2 * DAY_MS))
    return { row: { ...one.row, iv30: within(0.1, 0.4) }, finishedAt: later, availableAt: later }
  }

  function slotRow(date: SessionDate, at: EpochMs): MarketMetricsRow {
    const empty = marketMetricsRow(
      { timestamp: at, symbol: 'SPY', date },
      { ...emptyMetrics(), futures: null },
    )
    return {
      ...empty,
      // As a rebuild years later would leave them: of the future.
      ...Object.fromEntries([...HISTORY_COLUMNS].map((name) => [name, within(0, 100)])),
      iv30: chance(0.1) ? null : within(0.1, 0.4),
      iv30_ib_index: chance(0.3) ? null : within(0.1, 0.4),
      underlying_price: chance(0.05) ? null : within(600, 700),
      definition_version: chance(0.1) ? 2 : DEFINITION_VERSION,
    }
  }

  function observation(date: SessionDate, source: ObservationRow['source'], symbol = 'SPY'): ObservationRow {
    const version = chance(0.1) ? null : DEFINITION_VERSION
    return {
      ...{ symbol, date, source, vix: null, cycles: null, ...NO_DAILY_PRICES },
      iv30: chance(0.1) ? null : within(0.1, 0.4),
      ...{ close: within(600, 700), open: within(600, 700), high: 701, low: 599 },
      realized_variance: source === 'bars' ? within(0, 0.001) : null,
      // On the evening, after a top-up of some days, or a year later.
      recorded_at: Math.round(
        newYorkInstant(date, '16:20') +
          (chance(0.5) ? 0 : within(0, chance(0.2) ? 400 * DAY_MS : 9 * DAY_MS)),
      ),
      definition_version: source === 'ib_index' || source === 'index' ? null : version,
    }
  }

  /** Of the gateway: from the moment of writing. Ours: from the close, but on a day without a session. */
  function made(row: ObservationRow): Made<ObservationRow> {
    const isOurs = row.source === 'chain' || row.source === 'bars'
    const closeAt = newYorkInstant(sessionDate(row.date), '16:00')
    return { row, availableAt: isOurs && sessionOn(sessionDate(row.date)) ? closeAt : row.recorded_at }
  }

  const daily = (source: ObservationRow['source'], symbol?: string) =>
    [session, ...before]
      .filter(() => !chance(0.1))
      .flatMap((date) => {
        const one = made(observation(date, source, symbol))
        return chance(0.1) ? [one, made(observation(date, source, symbol))] : [one]
      })
  const slots = [...slotsOf(session, whole(1, 5)), ...slotsOf(before.at(0) ?? session, whole(0, 3))]
  const bars = Array.from({ length: whole(0, 20) }, () => {
    const at = newYorkInstant(session, '09:30') + 5 * MINUTE_MS * whole(0, 77)
    return { row: barRow(session, at, within), availableAt: at + 5 * MINUTE_MS }
  })
  const grid = slots
    .filter(({ row }) => row.date === session && chance(0.7))
    .map((slot) => ({ ...slot, row: gridRow(slot.row, GRID_POINTS[whole(0, 9)] ?? 'atm', within(0.1, 0.4)) }))
  return {
    date: session,
    slots,
    observed: [...daily('chain'), ...daily('ib_index'), ...daily('bars')],
    vix: daily('index', 'VIX'),
    bars,
    grid,
  }
}

function barRow(
  date: SessionDate,
  at: number,
  within: (low: number, high: number) => number,
): UnderlyingBarRow {
  const close = within(600, 700)
  return {
    ...{ timestamp: at, symbol: 'SPY', con_id: 1, kind: 'STK', expiry: null, date },
    ...{ open: close, high: close + 1, low: close - 1, close, ticks: 9, price_basis: 'trade' },
    ...{ session: 'regular', coverage_seconds: 300, data_type: 'live', first_at: at, last_at: at + 1 },
  } as UnderlyingBarRow
}

function gridRow(slot: MarketMetricsRow, point: SurfaceGridRow['point'], iv: number): SurfaceGridRow {
  return {
    ...{ timestamp: slot.timestamp, symbol: 'SPY', tenor_days: 30, point, date: slot.date, iv },
    ...{ k: 0, near_expiry: null, far_expiry: null, reason: null, definition_version: DEFINITION_VERSION },
  } as SurfaceGridRow
}

/** The rules by which a join takes a value for known. */
export interface Rules {
  readonly slot: (row: MarketMetricsRow, finishedAt: number | null) => EpochMs
  readonly observation: (row: ObservationRow) => EpochMs
}

export const PRODUCT_RULES: Rules = {
  slot: ({ timestamp }, finished_at) =>
    slotKnownAt(epochMs(timestamp), finished_at === null ? undefined : { finished_at }),
  observation: (row) => observationKnownAt(row, sessionOn),
}

/** The input of the join, from what was available at a time. */
export function dayOf(lake: RandomLake, until: number, rules: Rules): FeatureDay {
  const available = <Row>(all: readonly Made<Row>[]) => all.filter(({ availableAt }) => availableAt <= until)
  const observations = (all: readonly Made<ObservationRow>[]) =>
    available(all).map(({ row }) => ({ value: row, knownAt: rules.observation(row) }))
  const ofSlot = <Row extends { timestamp: number }>(all: readonly Made<Row>[]): Known<Row>[] =>
    available(all).map(({ row, finishedAt = null }) => ({
      value: row,
      knownAt: rules.slot(row as unknown as MarketMetricsRow, finishedAt),
    }))
  // What a rebuild has put into the figures of a slot was not there before.
  const slots = ofSlot(lake.slots).map(({ value, knownAt }) =>
    until === Number.POSITIVE_INFINITY ? { value, knownAt } : { value: { ...value, ...NO_HISTORY }, knownAt },
  )
  return {
    ...{ symbol: 'SPY', kind: 'STK', date: lake.date, sessionOn, slots },
    observed: observations(lake.observed),
    vix: observations(lake.vix),
    bars: available(lake.bars).map(({ row }) => ({ value: row, knownAt: barKnownAt(row) })),
    grid: ofSlot(lake.grid),
  }
}

const NO_HISTORY = Object.fromEntries([...HISTORY_COLUMNS].map((name) => [name, null]))
