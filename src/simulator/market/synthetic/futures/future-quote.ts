import { mix, normal } from '../../../../market/random.ts'
import type { EpochMs } from '../../../../market/units.ts'
import type { SimQuote } from '../../market.ts'
import {
  dailyVolume,
  liquidHours,
  openInterest,
  type Place,
  tradedFractions,
  volumeShare,
} from './activity.ts'
import { monthsListedOn } from './contract-months.ts'
import {
  type FutureMoment,
  type FuturePaths,
  fairPrice,
  futureMoment,
  type ListedFuture,
  previousSettlement,
  settlementPrice,
  touchAround,
  tradedPrice,
} from './future-price.ts'
import { latestValues } from './latest-values.ts'
import type { TradeDate } from './trade-dates.ts'

/** Inputs for quoting futures. */
export interface FutureInputs {
  readonly paths: FuturePaths
  readonly seed: number
  /** Facts of a trade date, by contract. */
  readonly facts: ReturnType<typeof latestValues<string, FutureFacts>>
}

/** What does not change within a trade date. */
export interface FutureFacts {
  /** Contracts by the close. */
  readonly dailyVolume: number
  /** The part of it that has been traded by a time. */
  readonly fractionAt: (at: EpochMs) => number
  readonly openInterest: number
  /** The settlement price of the trade date before. */
  readonly close: number
  readonly spreadTicks: number
  /** Contracts at the touch in liquid hours, on average. */
  readonly touchSize: number
}

const FACTS_CACHED = 200
/** Less is shown at the touch outside the liquid hours. */
const QUIET_SHARE = 0.35
/** Ticks between bid and ask of a month with at least that share of the product's volume. */
const SPREADS: ReadonlyArray<readonly [share: number, ticks: number]> = [
  [0.15, 1],
  [0.02, 2],
  [0.001, 4],
]
const WIDEST_TICKS = 8

export function futureInputs(paths: FuturePaths, seed: number): FutureInputs {
  return { paths, seed, facts: latestValues(FACTS_CACHED) }
}

/** Quote of a future at a time; outside trading hours the last one before. */
export function quoteFuture(inputs: FutureInputs, future: ListedFuture, now: EpochMs): SimQuote {
  const moment = futureMoment(future, now)
  const { product } = future
  const facts = factsOf(inputs, future, moment)
  const fair = fairPrice(inputs.paths, future, moment)
  const last = tradedPrice(fair, product)
  return {
    ...touchAround(fair, product, facts.spreadTicks),
    ...sizesAt(inputs, future, { facts, moment }),
    last,
    volume: volumeAt(facts, moment.at),
    close: facts.close,
    openInterest: facts.openInterest,
    mark: last,
  }
}

/** Contracts traded since the trade date began. */
export function volumeAt({ dailyVolume, fractionAt }: FutureFacts, at: EpochMs): number {
  return Math.floor(dailyVolume * fractionAt(at))
}

/** Contracts at the touch: drawn for each second. */
export function sizesAt(
  { seed }: FutureInputs,
  { contract, product }: ListedFuture,
  { facts, moment }: { readonly facts: FutureFacts; readonly moment: FutureMoment },
): { readonly bidSize: number; readonly askSize: number } {
  const liquid = liquidHours(product, moment.tradeDate)
  const isLiquid = liquid.openAt <= moment.at && moment.at < liquid.closeAt
  const size = facts.touchSize * (isLiquid ? 1 : QUIET_SHARE)
  const key = mix(mix(seed, contract.conId), Math.floor(moment.at / 1_000))
  const drawn = (salt: number) => Math.max(1, Math.round(size * Math.exp(0.6 * normal(mix(key, salt)))))
  return { bidSize: drawn(1), askSize: drawn(2) }
}

export function factsOf(inputs: FutureInputs, future: ListedFuture, moment: FutureMoment): FutureFacts {
  const { contract, product } = future
  const { tradeDate } = moment
  return inputs.facts(`${contract.conId} ${tradeDate.date}`, () => {
    const place = placeOf(future, tradeDate)
    const share = volumeShare(product, place, tradeDate.date)
    return {
      dailyVolume: dailyVolume(product, inputs.seed, { place, tradeDate }),
      fractionAt: tradedFractions(product, tradeDate),
      openInterest: openInterest(product, inputs.seed, { place, tradeDate }),
      close: settlementPrice(inputs.paths, future, previousSettlement(future, moment)),
      spreadTicks: SPREADS.find(([least]) => share >= least)?.[1] ?? WIDEST_TICKS,
      touchSize: product.touchSize * Math.sqrt(share),
    }
  })
}

/** Where a month stands behind the front month of a trade date. */
function placeOf({ product, month }: ListedFuture, { date }: TradeDate): Place {
  const listed = monthsListedOn(product, date)
  const at = listed.findIndex(({ expiry }) => expiry >= month.expiry)
  const [front] = listed
  return {
    expiry: month.expiry,
    frontExpiry: front?.expiry ?? month.expiry,
    rank: at === -1 ? listed.length : at,
  }
}
