import { yearsBetween } from '../../../../market/calendar.ts'
import { europeanGreeks } from '../../../../market/pricing/european.ts'
import type { ModelGreeks, PricedOption } from '../../../../market/pricing/option.ts'
import { treeGreeks } from '../../../../market/pricing/tree.ts'
import { keyOf, mix, normal, uniform } from '../../../../market/random.ts'
import { type EpochMs, epochMs } from '../../../../market/units.ts'
import { INDICES } from '../../indices.ts'
import type { SimContract, SimGreeks, SimQuote } from '../../market.ts'
import { fundOf } from '../index-levels.ts'
import { atLeastShortest, RATE_FRACTION, smileVol, termVol } from '../surface.ts'
import { tradedFractions } from './activity.ts'
import type { FopRules } from './fop-classes.ts'
import {
  type FutureMoment,
  type FuturePaths,
  fairPrice,
  futureMoment,
  type ListedFuture,
  previousSettlement,
  ticksToPrice,
} from './future-price.ts'
import { latestValues } from './latest-values.ts'

/** An option on a future, and the future. */
export interface ListedFop {
  readonly contract: SimContract
  readonly rules: FopRules
  readonly future: ListedFuture
}

export interface FopInputs {
  readonly paths: FuturePaths
  readonly seed: number
  readonly facts: ReturnType<typeof latestValues<string, FopFacts>>
  /** By product and trade date. */
  readonly fractions: ReturnType<typeof latestValues<string, (at: EpochMs) => number>>
}

/** The constants of one option in one trade date. */
interface FopFacts {
  readonly close: number | null
  readonly openInterest: number
  readonly dailyVolume: number
  /** Fraction of a trade, 0 to 1, already done at the opening. */
  readonly phase: number
}

const FACTS_CACHED = 20_000
const FRACTIONS_CACHED = 20
/** Time value in ticks below which no greeks are sent. */
const SILENT_BELOW_TICKS = 0.1
/** Seconds for which the sizes of bid and ask stay the same. */
const SIZE_SECONDS = 5

export function fopInputs(paths: FuturePaths, seed: number): FopInputs {
  return { paths, seed, facts: latestValues(FACTS_CACHED), fractions: latestValues(FRACTIONS_CACHED) }
}

/** Quote of an option on a future at a time; {} once it has expired. */
export function quoteFop(inputs: FopInputs, option: ListedFop, now: EpochMs): SimQuote {
  const { contract, future } = option
  const { settlesAt = future.month.lastTradeAt } = contract
  if (now >= settlesAt) return {}
  const moment = futureMoment(future, now)
  const model = modelOf(inputs, option, moment)
  const fitted = model && greeksBy(contract, model)
  if (!model || !fitted) return {}
  const facts = factsOf(inputs, option, moment)
  const volume = Math.floor(facts.dailyVolume * fractionsOf(inputs, future, moment)(moment.at) + facts.phase)
  const quote: SimQuote = {
    ...touchOf(inputs, option, { fitted, model, moment }),
    close: facts.close,
    openInterest: facts.openInterest,
    mark: onTick(fitted.price, option.rules),
  }
  if (volume > 0) {
    quote.volume = volume
    quote.last = lastTrade(inputs, option, { volume, moment })
  }
  const greeks = sentGreeks(fitted, model, option.rules)
  if (greeks) quote.greeks = greeks
  return quote
}

function fractionsOf({ fractions }: FopInputs, { product }: ListedFuture, { tradeDate }: FutureMoment) {
  return fractions(`${product.symbol} ${tradeDate.date}`, () => tradedFractions(product, tradeDate))
}

/** The option on the price of its future, which does not grow: its yield is the rate. Null once it has expired. */
function modelOf(
  { paths }: FopInputs,
  { contract, rules, future }: ListedFop,
  moment: FutureMoment,
): PricedOption | null {
  const { strike, right, settlesAt = future.month.lastTradeAt } = contract
  const years = yearsBetween(moment.at, settlesAt)
  if (years <= 0 || right === '') return null
  const forward = fairPrice(paths, future, moment)
  const { slopes, atm } = volatilityOf(paths, { rules, future }, { moment, years })
  const volFraction = smileVol(slopes, { forward, atm }, { strike, years })
  const rates = { rateFraction: RATE_FRACTION, yieldFraction: RATE_FRACTION }
  return { right, spot: forward, strike, years, volFraction, ...rates }
}

/** Index futures have the volatility and the smile of the fund that follows the index, oil its own. */
function volatilityOf(
  paths: FuturePaths,
  { rules, future }: Pick<ListedFop, 'rules' | 'future'>,
  { moment, years }: { readonly moment: FutureMoment; readonly years: number },
) {
  const { product, month } = future
  const level = INDICES.find(({ symbol }) => symbol === product.index)?.level
  if (rules.smile || level?.kind !== 'fund') {
    const left = yearsBetween(moment.at, month.lastTradeAt)
    return { slopes: rules.smile ?? { putSlope: 0, callSlope: 0 }, atm: paths.oil.vol(left) }
  }
  const fund = fundOf(level.symbol)
  const vol30 = paths.index.vol(product, moment.at)
  return { slopes: fund, atm: termVol(fund, vol30, atLeastShortest(years)) }
}

function greeksBy({ exerciseStyle }: SimContract, model: PricedOption): ModelGreeks | null {
  return exerciseStyle === 'european' ? europeanGreeks(model) : treeGreeks(model)
}

/** The tick at a price, points. */
function tickAt(price: number, { minTick, tickFromTen }: FopRules): number {
  return price < 10 ? minTick : tickFromTen
}

function onTick(price: number, rules: FopRules): number {
  const minTick = tickAt(price, rules)
  return ticksToPrice(Math.round(price / minTick), { minTick })
}

/** Bid and ask around the model: a tick or two at the money, wider in price and in the money. */
function touchOf(
  { seed }: FopInputs,
  { contract, rules }: ListedFop,
  at: { readonly fitted: ModelGreeks; readonly model: PricedOption; readonly moment: FutureMoment },
): Pick<SimQuote, 'bid' | 'ask' | 'bidSize' | 'askSize'> {
  const { price, delta } = at.fitted
  const minTick = tickAt(price, rules)
  const key = mix(mix(seed, contract.conId), Math.floor(at.moment.at / (SIZE_SECONDS * 1_000)))
  const depth = Math.max(0, Math.abs(delta) - 0.6)
  const half = (0.45 * minTick + 0.006 * price * (1 + 2 * depth)) * (1 + 0.3 * (uniform(key) - 0.5))
  const bid = Math.floor((price - half) / minTick + 1e-9)
  const ask = Math.max(bid + 1, 1, Math.ceil((price + half) / minTick - 1e-9))
  const nearness = Math.exp(-4 * Math.abs(Math.log(at.model.strike / at.model.spot)))
  const size = (salt: number) =>
    Math.max(1, Math.round(40 * nearness * Math.exp(0.8 * normal(mix(key, salt)))))
  const askSide = { ask: ticksToPrice(ask, { minTick }), askSize: size(2) }
  return bid < 1
    ? { bid: null, bidSize: null, ...askSide }
    : { bid: ticksToPrice(bid, { minTick }), bidSize: size(1), ...askSide }
}

/** undefined: no greeks are sent, since there is no time value. */
function sentGreeks(fitted: ModelGreeks, model: PricedOption, { minTick }: FopRules): SimGreeks | undefined {
  const { right, spot, strike, volFraction } = model
  const value = fitted.price - Math.max(0, right === 'C' ? spot - strike : strike - spot)
  if (value < SILENT_BELOW_TICKS * minTick) return undefined
  const { price, delta, gamma, vega, theta } = fitted
  return {
    ...{ impliedVolFraction: volFraction, optionPrice: price, pvDividend: 0 },
    ...{ delta, gamma, vega, theta, underlyingPrice: spot },
  }
}

/** The price of the trade that brought the volume to `volume`: by the model at the start of its minute. */
function lastTrade(
  inputs: FopInputs,
  option: ListedFop,
  { volume, moment }: { readonly volume: number; readonly moment: FutureMoment },
): number {
  const minute = Math.max(moment.tradeDate.openAt, Math.floor(moment.at / 60_000) * 60_000)
  const model = modelOf(inputs, option, { tradeDate: moment.tradeDate, at: epochMs(minute) })
  const price = (model && greeksBy(option.contract, model)?.price) ?? option.rules.minTick
  const side = uniform(mix(mix(inputs.seed, option.contract.conId), volume)) < 0.5 ? -0.4 : 0.4
  const minTick = tickAt(price, option.rules)
  return Math.max(option.rules.minTick, onTick(price + side * minTick, option.rules))
}

function factsOf(inputs: FopInputs, option: ListedFop, moment: FutureMoment): FopFacts {
  const { contract } = option
  return inputs.facts(`${contract.conId} ${moment.tradeDate.date}`, () => makeFacts(inputs, option, moment))
}

function makeFacts(inputs: FopInputs, option: ListedFop, moment: FutureMoment): FopFacts {
  const { contract, rules, future } = option
  const before = modelOf(inputs, option, previousSettlement(future, moment))
  const price = (before && greeksBy(contract, before)?.price) ?? 0
  const key = mix(inputs.seed, contract.conId)
  const today = mix(key, keyOf(moment.tradeDate.date))
  const deviations = before
    ? Math.abs(Math.log(contract.strike / before.spot)) / (before.volFraction * Math.sqrt(before.years))
    : 9
  const days = (before?.years ?? 0) * 365
  const interest = 2_500 * Math.exp(-0.35 * deviations) * Math.exp(normal(key))
  const activity = (1_500 / (1 + days / 5)) * Math.exp(-1.1 * deviations)
  return {
    close: price < rules.minTick / 2 ? null : onTick(price, rules),
    openInterest: Math.round(interest * (1 + 0.04 * normal(mix(today, 1)))),
    dailyVolume: Math.round(activity * Math.exp(1.2 * normal(mix(today, 2)))),
    phase: uniform(mix(today, 3)) * 0.999,
  }
}
