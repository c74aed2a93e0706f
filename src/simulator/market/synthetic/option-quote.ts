import { yearsToExpiry } from '../../../market/option-hours.ts'
import { type ModelGreeks, type PricedOption, treeGreeks, treePrice } from '../../../market/pricing/tree.ts'
import { keyOf, mix, normal, uniform } from '../../../market/random.ts'
import { daysBetween, type ExpiryDate, epochMs, expiryToDate } from '../../../market/units.ts'
import type { Stock } from '../instruments.ts'
import type { SimContract, SimGreeks, SimQuote } from '../market.ts'
import { cents, type MarketPath, type Moment, previousClose } from './path.ts'
import { impliedVol, RATE_FRACTION } from './surface.ts'

const TICK = 0.01
/** Time value, $, below which the gateway's solver finds no volatility, and below which it sends no greeks at all. */
const NO_FIT_BELOW = 0.004
const SILENT_BELOW = 0.0015
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
  readonly path: Pick<MarketPath, 'price' | 'vol'>
  readonly facts: Map<number, DayFacts>
}

/**
 * Quote of one option at a moment of trading; {} once it has expired. Costs up to three tree prices: the model with its
 * greeks, the last trade and, once a session, the previous close.
 */
export function quoteOption(
  inputs: OptionQuoteInputs,
  { contract, stock }: { contract: SimContract; stock: Stock },
  now: Moment,
): SimQuote {
  const moment = whileTrading(stock, now)
  const quoted = quotedAt(inputs, { contract, stock }, moment)
  if (!quoted) return {}
  const { model, fitted, sides } = quoted
  const facts = factsOf(inputs, { contract, stock }, moment)
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
    quote.last = lastTrade(inputs, { contract, stock, facts, volume }, moment)
  }
  const greeks = greeksOf(fitted, model)
  if (greeks) quote.greeks = greeks
  return quote
}

/** The bid and the ask of a moment, with the model that they are made from; null once the option has expired. */
function quotedAt(inputs: OptionQuoteInputs, { contract, stock }: Listed, moment: Moment) {
  const model = modelOf(inputs, { contract, stock }, moment)
  const fitted = model && treeGreeks(model)
  if (!model || !fitted) return null
  const key = mix(mix(inputs.seed, contract.conId), Math.floor(moment.second / SIZE_SECONDS))
  return { model, fitted, sides: touch(fitted, { model, stock, key }) }
}

/** The bid and the ask of a moment of trading; null once the option has expired. */
export function touchAt(inputs: OptionQuoteInputs, listed: Listed, now: Moment): Touch | null {
  return quotedAt(inputs, listed, whileTrading(listed.stock, now))?.sides ?? null
}

/** Contracts traded by a fraction of the session's time. */
export function volumeAt({ dailyVolume, phase }: DayFacts, progress: number): number {
  return Math.floor(dailyVolume * progress + phase)
}

/** The last quotes of options that close with their stock stay as they were. */
function whileTrading({ optionsClose }: Stock, moment: Moment): Moment {
  const lastAt = epochMs(moment.session.closeAt - 1_000)
  return optionsClose === '16:15' || moment.at <= lastAt ? moment : { ...moment, at: lastAt }
}

export interface Listed {
  readonly contract: SimContract
  readonly stock: Stock
}

function modelOf(
  inputs: OptionQuoteInputs,
  { contract, stock }: Listed,
  moment: Moment,
): PricedOption | null {
  const years = yearsToExpiry(moment.at, contract.expiry as ExpiryDate, contract.symbol)
  if (years <= 0 || contract.right === '') return null
  const spot = inputs.path.price(stock, moment)
  const vol30 = inputs.path.vol(stock, moment)
  const { strike, right } = contract
  const volFraction = impliedVol(stock, { spot, vol30 }, { strike, years })
  return { right, spot, strike, years, volFraction, rateFraction: RATE_FRACTION }
}

function timeValue(price: number, { right, spot, strike }: PricedOption): number {
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
  { model, stock, key }: { model: PricedOption; stock: Stock; key: number },
): Touch {
  const { price, delta } = fitted
  const depth = Math.max(0, Math.abs(delta) - 0.6)
  const half = stock.illiquidity * (0.004 + 0.0025 * price ** 0.8 + 0.03 * depth * Math.sqrt(price))
  const jitter = 1 + 0.3 * (uniform(key) - 0.5)
  const bid = Math.floor((price - half * jitter) / TICK + 1e-9)
  const ask = Math.max(bid + 1, 1, Math.ceil((price + half * jitter) / TICK - 1e-9))
  const nearness = Math.exp(-3 * Math.abs(Math.log(model.strike / model.spot)))
  const size = (salt: number) =>
    Math.max(1, Math.round((120 / stock.illiquidity) * nearness * Math.exp(0.9 * normal(mix(key, salt)))))
  const askSide = { ask: cents(ask * TICK), askSize: size(2) }
  return bid < 1
    ? { bid: null, bidSize: null, ...askSide }
    : { bid: cents(bid * TICK), bidSize: size(1), ...askSide }
}

/** undefined: greeks are not sent. All null except the underlying: the solver found no volatility. */
function greeksOf(fitted: ModelGreeks, model: PricedOption): SimGreeks | undefined {
  const value = timeValue(fitted.price, model)
  if (value < SILENT_BELOW) return undefined
  const underlyingPrice = model.spot
  const none = { impliedVolFraction: null, optionPrice: null, pvDividend: null, delta: null, gamma: null }
  if (value < NO_FIT_BELOW) return { ...none, vega: null, theta: null, underlyingPrice }
  const { price, delta, gamma, vega, theta } = fitted
  const { volFraction } = model
  return {
    impliedVolFraction: volFraction,
    optionPrice: price,
    pvDividend: 0,
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
  { contract, stock, facts, volume }: Listed & { facts: DayFacts; volume: number },
  moment: Moment,
): number {
  const { session } = moment
  const progress = Math.max(0, (volume - facts.phase) / facts.dailyVolume)
  const length = (session.closeAt - session.openAt) / 1000
  const second = Math.floor(Math.min(moment.second, progress * length) / 60) * 60
  const price = priceAt(inputs, { contract, stock }, { session, second })
  return tradePrice(inputs, { contract, stock, volume }, price)
}

/** Dollars, by the model, at a second of a session. */
export function priceAt(
  inputs: OptionQuoteInputs,
  listed: Listed,
  { session, second }: Pick<Moment, 'session' | 'second'>,
): number {
  const length = (session.closeAt - session.openAt) / 1000
  const at = epochMs(session.openAt + second * 1000)
  const model = modelOf(inputs, listed, { session, at, second, progress: second / length })
  return (model && treePrice(model)) ?? TICK
}

/** A trade is a little above or below the price of the model; which of them depends on its number in the day. */
export function tradePrice(
  { seed }: OptionQuoteInputs,
  { contract, stock, volume }: Listed & { volume: number },
  modelPrice: number,
): number {
  const side = uniform(mix(mix(seed, contract.conId), volume)) < 0.5 ? -0.4 : 0.4
  return Math.max(TICK, cents(modelPrice + side * TICK * stock.illiquidity))
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
  const { contract, stock } = listed
  const { date } = moment.session
  const before = modelOf(inputs, listed, whileTrading(stock, previousClose(moment)))
  const price = (before && treePrice(before)) ?? 0
  const key = mix(inputs.seed, contract.conId)
  const today = mix(key, keyOf(date))
  const days = Math.max(0, daysBetween(date, expiryToDate(contract.expiry as ExpiryDate)))
  const deviations = before
    ? Math.abs(Math.log(contract.strike / before.spot)) / (before.volFraction * Math.sqrt(before.years))
    : 9
  const interest = (6000 / stock.illiquidity) * Math.exp(-0.35 * deviations) * roundness(contract.strike)
  const activity = (9000 / stock.illiquidity / (1 + days / 3)) * Math.exp(-1.1 * deviations)
  const secondary = contract.tradingClass === stock.tradingClass ? 1 : 0.01
  return {
    date,
    close: price < TICK / 2 ? null : cents(price),
    openInterest: Math.round(
      secondary * interest * Math.exp(1.1 * normal(key)) * (1 + 0.04 * normal(mix(today, 1))),
    ),
    dailyVolume: Math.round(
      secondary * roundness(contract.strike) * activity * Math.exp(1.3 * normal(mix(today, 2))),
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
