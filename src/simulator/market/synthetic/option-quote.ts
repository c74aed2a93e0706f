import { blackScholesPrice, europeanFloor, europeanGreeks } from '../../../market/pricing/european.ts'
import type { ModelGreeks } from '../../../market/pricing/option.ts'
import { treeGreeks, treePrice } from '../../../market/pricing/tree.ts'
import { keyOf, mix, normal, uniform } from '../../../market/random.ts'
import { daysBetween, type ExpiryDate, epochMs, expiryToDate } from '../../../market/units.ts'
import type { SimContract, SimGreeks, SimQuote } from '../market.ts'
import { type OptionModel, type OptionPath, type OptionTerms, whileTrading } from './option-terms.ts'
import { cents, type Moment, previousClose } from './path.ts'

/** Time value, ticks, below which the gateway's solver finds no volatility, and below which it sends no greeks at all. */
const NO_FIT_BELOW = 0.4
const SILENT_BELOW = 0.15
/** Seconds for which the sizes of bid and ask stay the same. */
export const SIZE_SECONDS = 5

/** The constants of one option in one session. */
export interface DayFacts {
  readonly date: string
  /** Dollars; null for an option that closed below half a cent. */
  readonly close: number | null
  readonly openInterest: number
  /** Contracts traded by the close. */
  readonly dailyVolume: number
  /** Fraction of a trade, 0 to 1, already done at the open. */
  readonly phase: number
}

/** Inputs for quoting the options of one market. `facts` holds each contract's latest session only. */
export interface OptionQuoteInputs {
  readonly seed: number
  readonly path: OptionPath
  readonly facts: Map<number, DayFacts>
}

/**
 * Quote of one option at a moment of trading; {} once it has expired. Costs up to three prices of the model: that with its
 * greeks, the last trade and, once a session, the previous close.
 */
export function quoteOption(inputs: OptionQuoteInputs, listed: Listed, now: Moment): SimQuote {
  const moment = whileTrading(listed.terms, listed.contract, now)
  const quoted = quotedAt(inputs, listed, moment)
  if (!quoted) return {}
  const { model, fitted, sides } = quoted
  const facts = factsOf(inputs, listed, moment)
  const quote: SimQuote = {
    bid: sides.bid,
    ask: sides.ask,
    bidSize: sides.bidSize,
    askSize: sides.askSize,
    close: facts.close,
    openInterest: facts.openInterest,
    mark: cents(fitted.price),
  }
  const volume = volumeAt(facts, moment.progress)
  if (volume > 0) {
    quote.volume = volume
    quote.last = lastTrade(inputs, { ...listed, facts, volume }, moment)
  }
  const greeks = greeksOf(fitted, model, listed.terms.tick)
  if (greeks) quote.greeks = greeks
  return quote
}

/** The bid and the ask of a moment, with the model that they are made from; null once the option has expired. */
function quotedAt(inputs: OptionQuoteInputs, { contract, terms }: Listed, moment: Moment) {
  const model = terms.modelAt(inputs.path, contract, moment)
  const fitted = model && modelGreeks(model)
  if (!model || !fitted) return null
  const key = mix(mix(inputs.seed, contract.conId), Math.floor(moment.second / SIZE_SECONDS))
  return { model, fitted, sides: touch(fitted, { model, terms, key }) }
}

/** The bid and the ask of a moment of trading; null once the option has expired. */
export function touchAt(inputs: OptionQuoteInputs, listed: Listed, now: Moment): Touch | null {
  return quotedAt(inputs, listed, whileTrading(listed.terms, listed.contract, now))?.sides ?? null
}

/** Contracts traded by a fraction of the session's time. */
export function volumeAt({ dailyVolume, phase }: DayFacts, progress: number): number {
  return Math.floor(dailyVolume * progress + phase)
}

/** An option with the terms of its kind. */
export interface Listed {
  readonly contract: SimContract
  readonly terms: OptionTerms
}

function modelGreeks(model: OptionModel): ModelGreeks | null {
  return model.style === 'european' ? europeanGreeks(model) : treeGreeks(model)
}

function modelPrice(model: OptionModel): number | null {
  return model.style === 'european' ? blackScholesPrice(model) : treePrice(model)
}

/** What an option is worth above what can be had for it without waiting for its expiry, or at its expiry. */
function timeValue(price: number, model: OptionModel): number {
  if (model.style === 'european') return price - europeanFloor(model)
  const { right, spot, strike } = model
  return price - Math.max(0, right === 'C' ? spot - strike : strike - spot)
}

export interface Touch {
  readonly bid: number | null
  readonly ask: number
  readonly bidSize: number | null
  readonly askSize: number
}

/** Bid and ask around the model price: a cent or two at the money, wider in price, in the money and in the wings. */
function touch(
  fitted: ModelGreeks,
  { model, terms, key }: { model: OptionModel; terms: OptionTerms; key: number },
): Touch {
  const { price, delta } = fitted
  const { tick, illiquidity } = terms
  const depth = Math.max(0, Math.abs(delta) - 0.6)
  const half = illiquidity * (0.004 + 0.0025 * price ** 0.8 + 0.03 * depth * Math.sqrt(price))
  const jitter = 1 + 0.3 * (uniform(key) - 0.5)
  const bid = Math.floor((price - half * jitter) / tick + 1e-9)
  const ask = Math.max(bid + 1, 1, Math.ceil((price + half * jitter) / tick - 1e-9))
  const nearness = Math.exp(-3 * Math.abs(Math.log(model.strike / model.spot)))
  const size = (salt: number) =>
    Math.max(1, Math.round((120 / illiquidity) * nearness * Math.exp(0.9 * normal(mix(key, salt)))))
  const askSide = { ask: cents(ask * tick), askSize: size(2) }
  return bid < 1
    ? { bid: null, bidSize: null, ...askSide }
    : { bid: cents(bid * tick), bidSize: size(1), ...askSide }
}

/** undefined: greeks are not sent. All null except the underlying: the solver found no volatility. */
function greeksOf(fitted: ModelGreeks, model: OptionModel, tick: number): SimGreeks | undefined {
  const value = timeValue(fitted.price, model)
  if (value < SILENT_BELOW * tick) return undefined
  const { underlyingPrice, pvDividend } = model
  const none = { impliedVolFraction: null, optionPrice: null, pvDividend: null, delta: null, gamma: null }
  if (value < NO_FIT_BELOW * tick) return { ...none, vega: null, theta: null, underlyingPrice }
  const { price, delta, gamma, vega, theta } = fitted
  const { volFraction } = model
  return {
    impliedVolFraction: volFraction,
    optionPrice: price,
    pvDividend,
    delta,
    gamma,
    vega,
    theta,
    underlyingPrice,
  }
}

/** Price of the trade that brought the day's volume to `volume`: by the model at the start of its minute. */
function lastTrade(
  inputs: OptionQuoteInputs,
  { contract, terms, facts, volume }: Listed & { facts: DayFacts; volume: number },
  moment: Moment,
): number {
  const { session } = moment
  const progress = Math.max(0, (volume - facts.phase) / facts.dailyVolume)
  const length = (session.closeAt - session.openAt) / 1000
  const second = Math.floor(Math.min(moment.second, progress * length) / 60) * 60
  const price = priceAt(inputs, { contract, terms }, { session, second })
  return tradePrice(inputs, { contract, terms, volume }, price)
}

/** Dollars, by the model, at a second of a session. */
export function priceAt(
  inputs: OptionQuoteInputs,
  listed: Listed,
  { session, second }: Pick<Moment, 'session' | 'second'>,
): number {
  const length = (session.closeAt - session.openAt) / 1000
  const at = epochMs(session.openAt + second * 1000)
  const { contract, terms } = listed
  const model = terms.modelAt(inputs.path, contract, { session, at, second, progress: second / length })
  return (model && modelPrice(model)) ?? terms.tick
}

/** A trade is a little above or below the price of the model; which of them depends on its number in the day. */
export function tradePrice(
  { seed }: OptionQuoteInputs,
  { contract, terms, volume }: Listed & { volume: number },
  price: number,
): number {
  const side = uniform(mix(mix(seed, contract.conId), volume)) < 0.5 ? -0.4 : 0.4
  const { tick, illiquidity } = terms
  return Math.max(tick, onTick(price + side * tick * illiquidity, tick))
}

/** The nearest price that can be traded, dollars. */
function onTick(price: number, tick: number): number {
  return tick === 0.01 ? cents(price) : cents(Math.round(price / tick) * tick)
}

/** The constants of the session of a moment, cached. */
export function factsOf(inputs: OptionQuoteInputs, listed: Listed, moment: Moment): DayFacts {
  const { contract } = listed
  const known = inputs.facts.get(contract.conId)
  if (known?.date === moment.session.date) return known
  const facts = makeFacts(inputs, listed, moment)
  inputs.facts.set(contract.conId, facts)
  return facts
}

function makeFacts(inputs: OptionQuoteInputs, listed: Listed, moment: Moment): DayFacts {
  const { contract, terms } = listed
  const { date } = moment.session
  const before = terms.modelAt(inputs.path, contract, whileTrading(terms, contract, previousClose(moment)))
  const price = (before && modelPrice(before)) ?? 0
  const key = mix(inputs.seed, contract.conId)
  const today = mix(key, keyOf(date))
  const days = Math.max(0, daysBetween(date, expiryToDate(contract.expiry as ExpiryDate)))
  const deviations = before
    ? Math.abs(Math.log(contract.strike / before.spot)) / (before.volFraction * Math.sqrt(before.years))
    : 9
  const interest = (6000 / terms.illiquidity) * Math.exp(-0.35 * deviations) * roundness(contract.strike)
  const activity = (9000 / terms.illiquidity / (1 + days / 3)) * Math.exp(-1.1 * deviations)
  const share = terms.classShare(contract)
  return {
    date,
    close: price < terms.tick / 2 ? null : cents(price),
    openInterest: Math.round(
      share * interest * Math.exp(1.1 * normal(key)) * (1 + 0.04 * normal(mix(today, 1))),
    ),
    dailyVolume: Math.round(
      share * roundness(contract.strike) * activity * Math.exp(1.3 * normal(mix(today, 2))),
    ),
    phase: uniform(mix(today, 3)) * 0.999,
  }
}

/** Round strikes trade more. */
function roundness(strike: number): number {
  if (strike % 10 === 0) return 2
  if (strike % 5 === 0) return 1.4
  return Number.isInteger(strike) ? 0.7 : 0.3
}
