import { newYorkInstant, sessionOn } from '../../../../market/calendar.ts'
import { keyOf, mix, normal } from '../../../../market/random.ts'
import { daysBetween, type EpochMs, type SessionDate } from '../../../../market/units.ts'
import type { FutureProduct } from './products.ts'
import { type Segment, type TradeDate, tradeDateBefore } from './trade-dates.ts'

/** How much more is traded in a liquid second than in another one. */
const LIQUID_WEIGHT = 9
const EARLY_CLOSE_SHARE = 0.45

/** The roll: when what is traded, and what is open, moves from the front month to the next. Days before the expiry. */
interface Roll {
  readonly middleDays: number
  readonly widthDays: number
}

interface Shape {
  readonly volumeRoll: Roll
  readonly interestRoll: Roll
  /** Shares of the front month and of those behind it; each further month has the last ratio of the one before. */
  readonly volumeShares: readonly number[]
  readonly interestShares: readonly number[]
}

/** Index futures roll on the Monday before the third Friday; nearly all is in one month. */
const QUARTERLY: Shape = {
  volumeRoll: { middleDays: 5, widthDays: 0.7 },
  interestRoll: { middleDays: 4, widthDays: 0.9 },
  volumeShares: [0.985, 0.013, 0.0015],
  interestShares: [0.965, 0.028, 0.005],
}

/** Oil leaves the front month one to two weeks before its end, and is spread over many months. */
const MONTHLY: Shape = {
  volumeRoll: { middleDays: 5, widthDays: 1.2 },
  interestRoll: { middleDays: 9, widthDays: 2.2 },
  volumeShares: [0.47, 0.24, 0.12],
  interestShares: [0.21, 0.168, 0.134],
}

/** A contract on a trade date: its own expiry, that of the front month, and its place behind it. */
export interface Place {
  readonly expiry: SessionDate
  readonly frontExpiry: SessionDate
  /** 0: the front month, which has not expired. */
  readonly rank: number
}

/** Contracts traded in a whole trade date. */
export function dailyVolume(
  product: FutureProduct,
  seed: number,
  { place, tradeDate }: { readonly place: Place; readonly tradeDate: TradeDate },
): number {
  const share = volumeShare(product, place, tradeDate.date)
  const day = mix(mix(seed, product.key), keyOf(tradeDate.date))
  const length = tradeDate.earlyClose ? EARLY_CLOSE_SHARE : 1
  return Math.round(product.volume * length * share * Math.exp(0.2 * normal(day)))
}

/** The share of a product's volume that is traded in one month. */
export function volumeShare(product: FutureProduct, place: Place, date: SessionDate): number {
  const { volumeRoll, volumeShares } = shapeOf(product)
  return shareOf(volumeShares, place.rank - rolledBy(volumeRoll, place, date))
}

/** Contracts open at the end of the trade date before, which is what the gateway tells during a trade date. */
export function openInterest(
  product: FutureProduct,
  seed: number,
  { place, tradeDate }: { readonly place: Place; readonly tradeDate: TradeDate },
): number {
  const { interestRoll, interestShares } = shapeOf(product)
  const before = tradeDateBefore(product, tradeDate.date)
  const share = shareOf(interestShares, place.rank - rolledBy(interestRoll, place, before.date))
  const day = mix(mix(seed, mix(product.key, keyOf(place.expiry))), keyOf(before.date))
  return Math.round(product.openInterest * share * (1 + 0.01 * normal(day)))
}

function shapeOf({ cycle }: FutureProduct): Shape {
  return cycle === 'quarterly' ? QUARTERLY : MONTHLY
}

/** How much of the front month has moved to the next: 0 long before its expiry, nearly 1 on the day. */
function rolledBy({ middleDays, widthDays }: Roll, { frontExpiry }: Place, date: SessionDate): number {
  return 1 / (1 + Math.exp((daysBetween(date, frontExpiry) - middleDays) / widthDays))
}

/** The share at a place between two ranks. A contract at −1 has been left by all. */
function shareOf(shares: readonly number[], place: number): number {
  const below = Math.floor(place)
  const part = place - below
  return (1 - part) * shareAt(shares, below) + part * shareAt(shares, below + 1)
}

function shareAt(shares: readonly number[], rank: number): number {
  if (rank < 0) return 0
  const last = shares.length - 1
  const [lastShare, before] = [shares[last] as number, shares[last - 1] as number]
  return rank <= last ? (shares[rank] as number) : lastShare * (lastShare / before) ** (rank - last)
}

/** The fraction of a trade date's volume that has been traded by a time: 0 at its opening, 1 at its close. */
export function tradedFractions(product: FutureProduct, tradeDate: TradeDate): (at: EpochMs) => number {
  const { segments, closeAt } = tradeDate
  const liquid = liquidHours(product, tradeDate)
  const weightUntil = (at: EpochMs) =>
    segments.reduce((sum, segment) => sum + overlap(segment, at), 0) +
    (LIQUID_WEIGHT - 1) * overlap(liquid, at)
  const whole = weightUntil(closeAt)
  return (at) => weightUntil(at) / whole
}

/** Whole seconds of a segment before a time. */
function overlap({ openAt, closeAt }: Segment, at: EpochMs): number {
  return Math.max(0, Math.floor((Math.min(at, closeAt) - openAt) / 1_000))
}

/** The liquid hours of a trade date, on the day that ends it. */
export function liquidHours(product: FutureProduct, { date, closeAt }: TradeDate): Segment {
  const until = newYorkInstant(date, product.liquidUntil)
  return {
    openAt: newYorkInstant(date, product.liquidFrom),
    closeAt: sessionOn(date)?.earlyClose || until > closeAt ? closeAt : until,
  }
}
