import type { DuckDBConnection } from '@duckdb/node-api'
import { sessionOn } from '../../src/market/calendar.ts'
import { addDays, type EpochMs, epochMs, type SessionDate } from '../../src/market/units.ts'

export const SYMBOLS = ['SPY', 'QQQ', 'IWM'] as const
export const SLOTS = 78
const FIVE_MINUTES_MS = 300_000
/** 8 expirations × 150 strikes × 2 rights for each symbol: 7,200 rows a slot. */
export const ROWS_PER_SLOT = 7_200
const EXPIRATIONS = 8
const STRIKES = 150

const START_PRICE: Record<string, number> = { SPY: 600, QQQ: 520, IWM: 230 }

/** One synthetic session: its slots, and each symbol's price and level of volatility in each of them. */
export interface SyntheticDay {
  readonly date: SessionDate
  readonly slots: readonly EpochMs[]
  readonly expiries: readonly string[]
  /** By symbol and slot; dollars, and fraction a year. */
  readonly path: ReadonlyMap<string, readonly { readonly price: number; readonly vol: number }[]>
}

/** `count` sessions of 78 slots up to and including `last`; the same seed gives the same year. */
export function syntheticDays(count: number, last: SessionDate, seed = 1): SyntheticDay[] {
  const dates: SessionDate[] = []
  for (let date = last; dates.length < count; date = addDays(date, -1))
    if (isFullDay(date)) dates.unshift(date)
  const random = mulberry(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const price = new Map<string, number>(SYMBOLS.map((symbol) => [symbol, START_PRICE[symbol] as number]))
  const vol = new Map<string, number>(SYMBOLS.map((symbol) => [symbol, 0.18]))
  return dates.map((date) => {
    const openAt = sessionOn(date)?.openAt as EpochMs
    const path = new Map(SYMBOLS.map((symbol) => [symbol, [] as { price: number; vol: number }[]]))
    for (const symbol of SYMBOLS) {
      for (let slot = 0; slot < SLOTS; slot++) {
        const level = 0.18 + (vol.get(symbol)! - 0.18) * 0.9995 + 0.0015 * normal()
        vol.set(symbol, Math.min(0.6, Math.max(0.08, level)))
        const pull = -0.0002 * Math.log(price.get(symbol)! / START_PRICE[symbol]!)
        price.set(symbol, price.get(symbol)! * Math.exp(pull + (0.16 / Math.sqrt(252 * SLOTS)) * normal()))
        path.get(symbol)!.push({ price: Math.round(price.get(symbol)! * 100) / 100, vol: vol.get(symbol)! })
      }
    }
    const slots = Array.from({ length: SLOTS }, (_, n) => epochMs(openAt + n * FIVE_MINUTES_MS))
    return { date, slots, expiries: fridaysFrom(date), path }
  })
}

/**
 * The day's rows of one symbol as a SELECT, in the order of the columns on disk. A dividend is paid every quarter; its present
 * value rises over the day.
 * Quotes and greeks follow Black-Scholes on a smile that moves in every slot and has noise at every contract, because
 * recorded ticks of IB's model differ between call and put of a strike. They are rounded as the collector rounds them.
 * Sizes, volume and open interest are skewed as real ones are.
 */
export async function makeRows(
  connection: DuckDBConnection,
  day: SyntheticDay,
  symbol: string,
): Promise<string> {
  const path = day.path.get(symbol)!
  const slots = path.map(({ price, vol }, n) => `(${n}, ${day.slots[n]}, ${price}, ${vol})`).join(', ')
  const expiries = day.expiries.map((expiry, n) => `('${expiry}', ${n})`).join(', ')
  const centre = Math.round(path[0]!.price)
  const dated = `DATE '${day.date}'`
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE slots_of_day AS SELECT * FROM (VALUES ${slots}) t(n, ms, price, vol);
    CREATE OR REPLACE TEMP TABLE contracts_of_day AS
      SELECT expiry, strike::DOUBLE AS strike, "right",
        (strptime(expiry, '%Y%m%d')::DATE - ${dated} + 0.3) / 365 AS years,
        (hash('${symbol}', expiry, strike, "right") % 900000000 + 100000000)::BIGINT AS con_id
      FROM (VALUES ${expiries}) e(expiry, nth), range(${centre - STRIKES / 2}, ${centre + STRIKES / 2}) s(strike),
        (VALUES ('C'), ('P')) r("right");`)
  return ROWS.replaceAll(':symbol', symbol).replaceAll(':date', dated)
}

const ROWS = `
  WITH noise AS (
    SELECT c.*, n, ms, price,
      hash(con_id, ms) AS h, hash(con_id, :date) AS d, hash(expiry, strike, "right", ms) AS m,
      ln(strike / price) AS k, vol AS level
    FROM contracts_of_day c, slots_of_day),
  smile AS (
    SELECT *, 0.4 + (h % 1009) / 5000.0 AS u1, (h // 1009 % 1013) / 1013.0 AS u2, (h // 1022117 % 1019) / 1019.0 AS u3,
      (d % 1009) / 1009.0 AS v1, (d // 1009 % 1013) / 1013.0 AS v2,
      round(greatest(0.03, level + (-0.35 * k + 0.5 * k * k) / sqrt(years + 0.05)
        + (m % 1021 / 1021.0 - 0.5) * 2e-4), 6) AS iv
    FROM noise),
  d1 AS (SELECT *, (-k + (0.04 + iv * iv / 2) * years) / (iv * sqrt(years)) AS d1 FROM smile),
  n AS (
    SELECT *, d1 - iv * sqrt(years) AS d2, exp(-d1 * d1 / 2) / sqrt(2 * pi()) AS density,
      exp(-0.04 * years) AS discount FROM d1),
  cdf AS (
    SELECT *, 1 / (1 + exp(-(1.5976 * d1 + 0.07056 * d1 * d1 * d1))) AS n1,
      1 / (1 + exp(-(1.5976 * d2 + 0.07056 * d2 * d2 * d2))) AS n2 FROM n),
  priced AS (
    SELECT *, greatest(0.001, CASE WHEN "right" = 'C' THEN price * n1 - strike * discount * n2
      ELSE strike * discount * (1 - n2) - price * (1 - n1) END) AS mid FROM cdf),
  quoted AS (
    SELECT *, greatest(0.01, round(mid * (0.01 + 0.03 * v1), 2)) AS spread,
      floor((floor(exp(v2 * 8)) - 1) * (n + 1) / 78)::BIGINT AS volume FROM priced),
  traded AS (SELECT *, first_value(mid + (u2 - 0.5) * spread) OVER (PARTITION BY con_id, volume ORDER BY n) AS trade FROM quoted)
  SELECT make_timestamp(ms * 1000) AT TIME ZONE 'UTC' AS timestamp, expiry, strike, "right",
    nullif(greatest(0, round(mid - spread * u1, 2)), 0) AS bid,
    round(greatest(0, mid - spread * u1) + spread, 2) AS ask,
    CASE WHEN volume > 0 THEN greatest(0.01, round(trade, 2)) END AS last,
    CASE WHEN mid - spread * u1 >= 0.005 THEN floor(exp(u2 * 6))::BIGINT + 1 END AS bid_size,
    floor(exp(u3 * 6))::BIGINT + 1 AS ask_size,
    volume,
    floor(exp(v1 * 10))::BIGINT - 1 AS open_interest,
    iv, round(CASE WHEN "right" = 'C' THEN n1 ELSE n1 - 1 END, 6) AS delta,
    round(density / (price * iv * sqrt(years)), 8) AS gamma,
    round(-(price * density * iv) / (2 * sqrt(years)) / 365, 6) AS theta,
    round(price * density * sqrt(years) / 100, 6) AS vega,
    price::DOUBLE AS underlying_price, 'ib_model' AS greeks_source, 'live' AS data_type,
    make_timestamp((ms + con_id % 240000 + (h % 3001)::BIGINT) * 1000) AT TIME ZONE 'UTC' AS quoted_at,
    con_id, ':symbol' AS trading_class, (CASE WHEN mid - spread * u1 < 0.005 THEN 1 ELSE 0 END
      + CASE WHEN spread > 0.25 * mid AND spread > 0.05 THEN 16 ELSE 0 END
      + CASE WHEN n = 0 THEN 256 ELSE 0 END)::INTEGER AS flags,
    expiry[1:6] AS yearmonth, 'american' AS exercise_style, 'pm' AS settlement,
    (strptime(expiry, '%Y%m%d') + INTERVAL 21 HOUR) AT TIME ZONE 'UTC' AS expires_at, 100::DOUBLE AS multiplier,
    'USD' AS currency, 'SMART' AS exchange, 'STK' AS underlying_type, 756733::BIGINT AS underlying_con_id,
    round(greatest(0, floor(years * 4 + 0.4)) * 1.75 * exp(-0.04 * (years - n / 28470)), 4) AS pv_dividend,
    NULL::TIMESTAMPTZ AS carried_from, 2::INTEGER AS definition_version
  FROM traded`

function fridaysFrom(date: SessionDate): string[] {
  const toFriday = (12 - new Date(date).getUTCDay()) % 7
  return Array.from({ length: EXPIRATIONS }, (_, n) => addDays(date, toFriday + 7 * n).replaceAll('-', ''))
}

function isFullDay(date: SessionDate): boolean {
  const session = sessionOn(date)
  return session !== null && session.closeAt - session.openAt === SLOTS * FIVE_MINUTES_MS
}

function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
