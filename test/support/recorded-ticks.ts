import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { ExerciseStyle, Right } from '../../src/market/contract.ts'
import { europeanGreeks } from '../../src/market/pricing/european.ts'
import type { ModelGreeks, PricedOption } from '../../src/market/pricing/option.ts'
import { treeGreeks } from '../../src/market/pricing/tree.ts'

/** Options of one symbol and expiration, recorded together; and what the gateway's model knew and did not send. */
export interface Recording {
  /** Start of the names of its files: symbol and expiry. */
  readonly prefix: 'SPY230811' | 'SPY230901' | 'SPX230811' | 'SPX230901'
  readonly style: ExerciseStyle
  /** Where the time to expiry ends, UTC. */
  readonly expiresAt: string
  /** Present value of the dividends before expiry, dollars. */
  readonly pvDividend: number
}

/**
 * All are of 4 August 2023. The model of that day ended SPY's time at 16:15 New York time in one expiration and at 16:00
 * in the other. The present values of SPX are fitted to the ticks; SPY went without dividend until 15 September 2023.
 */
export const RECORDINGS: readonly Recording[] = [
  { prefix: 'SPY230811', style: 'american', expiresAt: '2023-08-11T20:15:00Z', pvDividend: 0 },
  { prefix: 'SPY230901', style: 'american', expiresAt: '2023-09-01T20:00:00Z', pvDividend: 0 },
  { prefix: 'SPX230811', style: 'european', expiresAt: '2023-08-11T20:00:00Z', pvDividend: 2.93147 },
  { prefix: 'SPX230901', style: 'european', expiresAt: '2023-09-01T20:00:00Z', pvDividend: 8.07192 },
]

/** Fitted to the ticks of all four recordings together, continuously compounded. */
export const RECORDED_RATE_FRACTION = 0.0546448
/**
 * The model takes the time once a minute, at this second of the recorder's clock, and prices every tick of that minute
 * with it. Fitted as the rate is.
 */
const CLOCK_SECOND = 46.0945
/** A tick that comes so soon after that second may still have the time of the minute before. */
const LATE_MS = 12_000
const MINUTE_MS = 60_000
const YEAR_MS = 365 * 86_400_000

/** One tick of the gateway's model with the option that it priced. */
export interface RecordedTick {
  /** File and time. */
  readonly name: string
  readonly option: PricedOption
  readonly model: ModelGreeks
}

const FOLDER = join('test', 'fixtures', 'ib-model-greeks')

/** All ticks of a recording, in the order of their files. `root` is the project's folder. */
export function recordedTicks(recording: Recording, root: string): RecordedTick[] {
  const folder = join(root, FOLDER)
  const files = readdirSync(folder).filter((file) => file.startsWith(recording.prefix))
  return files.flatMap((file) => {
    const lines = readFileSync(join(folder, file), 'utf8').trim().split('\n').slice(1)
    return lines.map((line) => tickFrom(line, { file, recording }))
  })
}

function tickFrom(line: string, { file, recording }: { file: string; recording: Recording }): RecordedTick {
  const [time = '', ...numbers] = line.split(',')
  const [price, volFraction, delta, gamma, vega, theta, spot] = numbers.map(Number) as Seven
  const at = Date.parse(`${time.slice(0, 4)}-${time.slice(4, 6)}-${time.slice(6, 8)}T${time.slice(9, 21)}Z`)
  const contract = { right: file.slice(9, 10) as Right, strike: Number(file.slice(10, 18)) / 1_000 }
  const pricedAt = lastClock(at)
  const optionAt = (clock: number) =>
    optionOf(recording, { ...contract, spot, volFraction, years: yearsFrom(clock, recording) })
  const candidates =
    at - pricedAt < LATE_MS ? [optionAt(pricedAt), optionAt(pricedAt - MINUTE_MS)] : [optionAt(pricedAt)]
  const missOf = (option: PricedOption) => Math.abs((modelOf(option)?.price ?? Number.NaN) - price)
  const option = candidates.reduce((best, one) => (missOf(one) < missOf(best) ? one : best))
  return { name: `${basename(file, '.csv')} ${time}`, option, model: { price, delta, gamma, vega, theta } }
}

type Seven = [number, number, number, number, number, number, number]

function lastClock(at: number): number {
  const offset = CLOCK_SECOND * 1_000
  return Math.floor((at - offset) / MINUTE_MS) * MINUTE_MS + offset
}

function yearsFrom(clock: number, { expiresAt }: Recording): number {
  return (Date.parse(expiresAt) - clock) / YEAR_MS
}

/** A dividend of a European option counts by its present value alone, so its day may be any before expiry. */
function optionOf(
  { style, pvDividend }: Recording,
  option: Pick<PricedOption, 'right' | 'strike' | 'spot' | 'volFraction' | 'years'>,
): PricedOption {
  const priced = { ...option, rateFraction: RECORDED_RATE_FRACTION, style }
  if (pvDividend === 0) return priced
  const years = option.years / 2
  const amount = pvDividend * Math.exp(RECORDED_RATE_FRACTION * years)
  return { ...priced, dividends: [{ years, amount }] }
}

/** Our model of the option's style. */
export function modelOf(option: PricedOption): ModelGreeks | null {
  return option.style === 'european' ? europeanGreeks(option) : treeGreeks(option)
}
