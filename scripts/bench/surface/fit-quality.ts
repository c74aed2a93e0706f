import type { ChainRow } from '../../../src/analytics/chain.ts'
import { volAt } from '../../../src/analytics/surface/evaluate.ts'
import { fitPrepared, fitSurface, prepareSurface } from '../../../src/analytics/surface/fit-surface.ts'
import type { FittedSmile } from '../../../src/analytics/surface/smile.ts'
import type { SurfaceFit } from '../../../src/analytics/surface/surface.ts'
import { mix, uniform } from '../../../src/market/random.ts'
import { median } from '../report.ts'
import { grouped, type RecordedChain } from './recorded-chain.ts'

/** Expirations of a range of days, the last one excluded. */
export interface Days {
  readonly from: number
  readonly to: number
}

/** How near a fit is to quotes. */
export interface Closeness {
  readonly expirations: number
  /** Of them without a smile. */
  readonly absent: number
  readonly quotes: number
  /** Percent of the quotes within one half-width of the middle of bid and ask volatility, and within two. */
  readonly within: readonly [number, number]
}

const MINUTES_A_DAY = 1_440
const HELD_OUT = 10

export function fitOf(recorded: RecordedChain, rows = recorded.rows): SurfaceFit {
  return fitSurface({ chain: grouped(recorded, rows), carry: recorded.carry })
}

export function closeness({ slices }: SurfaceFit, days: Days): Closeness {
  const own = slices.filter(({ minutes }) => isWithin(minutes, days))
  const smiles = own.flatMap(({ smile }) => smile.value ?? [])
  const quotes = smiles.reduce((sum, one) => sum + one.quotes, 0)
  const share = (of: (one: FittedSmile) => number) =>
    (100 * smiles.reduce((sum, one) => sum + one.quotes * of(one), 0)) / quotes
  return {
    expirations: own.length,
    absent: own.length - smiles.length,
    quotes,
    within: [share((one) => one.withinOne), share((one) => one.withinTwo)],
  }
}

/** Every tenth option out of the money is left out of the fit, ten times, and held against it. */
export function heldOutCloseness(recorded: RecordedChain, days: Days, rounds: number): Closeness {
  const chain = grouped(recorded)
  const prepared = prepareSurface({ chain, carry: recorded.carry })
  let [quotes, one, two] = [0, 0, 0]
  for (let round = 0; round < rounds; round++) {
    const part = (at: number) => at % HELD_OUT === round
    const fit = fitPrepared(
      prepared.map((each) => ({ ...each, quotes: each.quotes.filter((_, at) => !part(at)) })),
    )
    fit.slices.forEach(({ smile, minutes }, index) => {
      const own = smile.value
      if (!own || !isWithin(minutes, days)) return
      for (const quote of prepared[index]?.quotes.filter((_, at) => part(at)) ?? []) {
        const vol = volAt(own, quote.k).value
        if (vol === null) continue
        const total = vol * Math.sqrt(own.years)
        const distance = Math.abs(total - (quote.bidTotal + quote.askTotal) / 2)
        const half = (quote.askTotal - quote.bidTotal) / 2
        quotes++
        if (distance <= half) one++
        if (distance <= 2 * half) two++
      }
    })
  }
  const expirations = chain.expirations.filter(({ minutes }) => isWithin(minutes, days)).length
  return { expirations, absent: 0, quotes, within: [(100 * one) / quotes, (100 * two) / quotes] }
}

/** Quotes moved by up to two half-widths, and a tenth of them dropped. */
export function stressedRows({ rows }: RecordedChain, seed: number): ChainRow[] {
  return rows.flatMap((row, at) => {
    const draw = (way: number) => uniform(mix(mix(seed, at), way))
    const [bid, ask] = [row.bid ?? 0, row.ask ?? 0]
    if (draw(0) < 1 / HELD_OUT) return []
    const move = (1 + (seed % 2)) * (2 * draw(1) - 1) * ((ask - bid) / 2)
    return [{ ...row, bid: Math.max(0, bid + move), ask: Math.max(0.01, ask + move) }]
  })
}

/** Each quote anywhere between bid and ask, keeping its width: what is known of the true prices. */
function drawnRows({ rows }: RecordedChain, seed: number): ChainRow[] {
  return rows.map((row, at) => {
    const [bid, ask] = [row.bid ?? 0, row.ask ?? 0]
    if (!(bid > 0) || !(ask > bid)) return row
    const move = (uniform(mix(mix(seed, at), 7)) - 0.5) * (ask - bid)
    return { ...row, bid: bid + move, ask: ask + move }
  })
}

/** The errors of the fit over the standard deviations of fits to drawn quotes; medians over the expirations. */
export function errorRatios(
  recorded: RecordedChain,
  rounds: number,
  onRound: () => void,
): { readonly atmVol: number; readonly skew: number; readonly forward: number } {
  const first = fitOf(recorded)
  const drawn = Array.from({ length: rounds }, (_, round) => {
    onRound()
    return fitOf(recorded, drawnRows(recorded, 1_000 + round))
  })
  const ratio = (value: (fit: SurfaceFit, at: number) => number, error: (at: number) => number) => {
    const ratios = first.slices.flatMap(({ smile }, at) =>
      smile.value ? [error(at) / deviation(drawn.map((fit) => value(fit, at)))] : [],
    )
    return median(ratios)
  }
  const smileAt = (fit: SurfaceFit, at: number) => fit.slices[at]?.smile.value
  return {
    atmVol: ratio(
      (fit, at) => smileAt(fit, at)?.atmVolFraction ?? Number.NaN,
      (at) => smileAt(first, at)?.atmVolError ?? Number.NaN,
    ),
    skew: ratio(
      (fit, at) => smileAt(fit, at)?.skew ?? Number.NaN,
      (at) => smileAt(first, at)?.skewError ?? Number.NaN,
    ),
    forward: ratio(
      (fit, at) => fit.slices[at]?.parity.value?.forward ?? Number.NaN,
      (at) => first.slices[at]?.parity.value?.forwardError ?? Number.NaN,
    ),
  }
}

function deviation(values: readonly number[]): number {
  const known = values.filter(Number.isFinite)
  const mean = known.reduce((sum, one) => sum + one, 0) / known.length
  return Math.sqrt(known.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (known.length - 1))
}

function isWithin(minutes: number, { from, to }: Days): boolean {
  return minutes >= from * MINUTES_A_DAY && minutes < to * MINUTES_A_DAY
}

/** Median processor time, ms, of the preparation and of the fit, after warm-up. */
export function processorTimes(
  recorded: RecordedChain,
  rounds: number,
): { readonly preparation: number; readonly fit: number } {
  const input = { chain: grouped(recorded), carry: recorded.carry }
  const times = { preparation: [] as number[], fit: [] as number[] }
  for (let round = -5; round < rounds; round++) {
    const start = process.cpuUsage()
    const prepared = prepareSurface(input)
    const middle = process.cpuUsage(start)
    fitPrepared(prepared)
    const end = process.cpuUsage(start)
    if (round < 0) continue
    times.preparation.push((middle.user + middle.system) / 1_000)
    times.fit.push((end.user + end.system - middle.user - middle.system) / 1_000)
  }
  return { preparation: median(times.preparation), fit: median(times.fit) }
}
