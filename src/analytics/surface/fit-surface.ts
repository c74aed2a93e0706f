import { type Expiration, yearsOf } from '../chain.ts'
import { absent, type Found, found } from '../measured.ts'
import { type AcceptedSmile, arbitrageFreeSmiles, EARLIER } from './arbitrage/arbitrage-free-smiles.ts'
import { type ParityFit, parityLine } from './quotes/parity-line.ts'
import { type QuotedVariance, quotedVariances } from './quotes/quoted-volatility.ts'
import type { FittedSmile, LogMoneynessRange } from './smile.ts'
import { moneyFigures } from './smile-errors.ts'
import { varianceOn } from './spline/curve.ts'
import { type SmileProblem, smileProblem } from './spline/smile-problem.ts'
import type { SurfaceFit, SurfaceInput, SurfaceSlice } from './surface.ts'

/**
 * Forwards, implied carry and smiles of all expirations of a chain. Pure: the same input gives the same bits. A smile is
 * free of butterfly arbitrage, and of calendar arbitrage against the others on the same underlying; where none near the
 * quotes is, it is absent with its reason.
 */
export function fitSurface(input: SurfaceInput): SurfaceFit {
  return fitPrepared(prepareSurface(input))
}

/** Forward and quotes of each expiration, as volatilities. */
export function prepareSurface(input: SurfaceInput): PreparedExpiration[] {
  return input.chain.expirations.map((expiration) => prepare(expiration, input))
}

/** The smiles of prepared expirations. */
export function fitPrepared(prepared: readonly PreparedExpiration[]): SurfaceFit {
  const smiles = new Map<PreparedExpiration, Solved>()
  for (const group of comparable(prepared)) {
    const solvable = group.flatMap((one, at) => {
      const problem = smileProblem(one.quotes, reachOf(group.slice(Math.max(0, at - EARLIER), at + 1)))
      return problem ? [{ one, problem, minutes: one.expiration.minutes }] : []
    })
    arbitrageFreeSmiles(solvable).forEach((smile, at) => {
      const { one, problem } = solvable[at] as (typeof solvable)[number]
      smiles.set(one, { problem, smile })
    })
  }
  return { slices: prepared.map((one) => sliceOf(one, smiles.get(one))) }
}

/** A smile, or null if there is none without arbitrage. */
interface Solved {
  readonly problem: SmileProblem
  readonly smile: AcceptedSmile | null
}

/** Log-moneyness from the lowest to the highest quote of some expirations. */
function reachOf(group: readonly PreparedExpiration[]): LogMoneynessRange {
  const ends = group.flatMap(({ quotes }) => [quotes[0], quotes.at(-1)].flatMap((quote) => quote?.k ?? []))
  return { from: Math.min(...ends), to: Math.max(...ends) }
}

export interface PreparedExpiration {
  readonly expiration: Expiration
  readonly parity: Found<ParityFit>
  /** Out of the money; none without a forward. */
  readonly quotes: readonly QuotedVariance[]
}

function prepare(expiration: Expiration, { chain, carry }: SurfaceInput): PreparedExpiration {
  const parity = parityLine(expiration, { carry, slot: chain.slot, spot: chain.spot })
  const quotes = parity.reason === null ? quotedVariances(expiration, parity.value.terms) : []
  return { expiration, parity, quotes }
}

/**
 * The expirations that can be fitted, in groups of those on one underlying: calendar arbitrage is between options on the
 * same price. Each forward of a volatility index, and each future, has a price of its own.
 */
function comparable(prepared: readonly PreparedExpiration[]): PreparedExpiration[][] {
  const groups = new Map<string, PreparedExpiration[]>()
  for (const one of prepared) {
    const { pricedOn, underlyingConId, expiry, tradingClass } = one.expiration
    const isAlone = pricedOn === 'forward' || (pricedOn === 'future' && underlyingConId === null)
    const key = isAlone ? `${expiry} ${tradingClass}` : pricedOn === 'spot' ? 'spot' : `${underlyingConId}`
    const group = groups.get(key)
    if (group) group.push(one)
    else groups.set(key, [one])
  }
  return [...groups.values()]
}

function sliceOf({ expiration, parity }: PreparedExpiration, solved: Solved | undefined): SurfaceSlice {
  const { expiry, tradingClass, settlement, style, pricedOn, underlyingConId, expiresAt, minutes } =
    expiration
  const facts = { expiry, tradingClass, settlement, style, pricedOn, underlyingConId, expiresAt, minutes }
  if (parity.reason !== null) return { ...facts, parity, smile: parity }
  const line = found(parity.value.line)
  if (!solved) return { ...facts, parity: line, smile: absent('too_few_quotes') }
  const { problem, smile } = solved
  if (smile === null) return { ...facts, parity: line, smile: absent('no_arbitrage_free_fit') }
  const { forward, forwardError } = parity.value.line
  const years = yearsOf(expiration)
  const fitted = fittedSmile(problem, smile, { years, forwardErrorFraction: forwardError / forward })
  return { ...facts, parity: line, smile: found(fitted) }
}

function fittedSmile(
  problem: SmileProblem,
  smile: AcceptedSmile,
  terms: { readonly years: number; readonly forwardErrorFraction: number },
): FittedSmile {
  const { curve, check, quoted, checked, constrained } = smile
  let [one, two, squares] = [0, 0, 0]
  for (const { k, bidTotal, askTotal } of problem.quotes) {
    const distance = Math.abs(Math.sqrt(varianceOn(curve, k)) - (bidTotal + askTotal) / 2)
    const half = (askTotal - bidTotal) / 2
    if (distance <= half) one++
    if (distance <= 2 * half) two++
    squares += distance * distance
  }
  const count = problem.quotes.length
  return {
    years: terms.years,
    atmVariance: curve.atmVariance,
    knots: curve.knots,
    values: Array.from(curve.values),
    quoted,
    checked,
    ...moneyFigures(problem, smile, terms),
    quotes: count,
    withinOne: one / count,
    withinTwo: two / count,
    residualFraction: Math.sqrt(squares / count / terms.years),
    constrained,
    check,
  }
}
