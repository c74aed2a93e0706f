import type { OptionContract } from '../market/contract.ts'
import type { ExpiryDate } from '../market/units.ts'
import { ASSUMED_VOL_FRACTION, centreFor, type WindowCentre } from './strike-window.ts'
import type { ChosenExpiration } from './universe.ts'

export interface Selection {
  readonly wanted: readonly OptionContract[]
  /** Contracts inside the policy's window that did not fit into the budget, furthest from the money first. */
  readonly skipped: readonly OptionContract[]
}

/** One symbol's contracts, and the inputs for measuring their distance from the money. */
interface Candidates {
  readonly contracts: readonly OptionContract[]
  /** One, or one for each future under the options. */
  readonly spots: readonly WindowCentre[]
  /** Days to expiry of each expiration. */
  readonly days: ReadonlyMap<ExpiryDate, number>
}

/**
 * Fits all symbols into one budget of contracts. Contracts that do not fit are dropped by their distance from the
 * money in standard deviations to expiry, far wings first, call and put of a strike together. Every expiration thus
 * loses its wings before any loses strikes near the money.
 */
export function fitBudget(symbols: readonly Candidates[], maxContracts: number): Selection[] {
  const total = symbols.reduce((sum, { contracts }) => sum + contracts.length, 0)
  if (total <= maxContracts) return symbols.map(({ contracts }) => ({ wanted: contracts, skipped: [] }))

  const ranked = symbols
    .flatMap((one, owner) => strikesOf(one).map((strike) => ({ ...strike, owner })))
    .sort((a, b) => a.distance - b.distance)
  const wanted: OptionContract[][] = symbols.map(() => [])
  const skipped: OptionContract[][] = symbols.map(() => [])
  let room = maxContracts
  for (const { contracts, owner } of ranked) {
    const fits = contracts.length <= room
    room = fits ? room - contracts.length : 0
    ;(fits ? wanted : skipped)[owner]?.push(...contracts)
  }
  return symbols.map((_, owner) => ({
    wanted: wanted[owner] as OptionContract[],
    skipped: (skipped[owner] as OptionContract[]).reverse(),
  }))
}

function strikesOf({
  contracts,
  spots,
  days,
}: Candidates): { distance: number; contracts: OptionContract[] }[] {
  const all: { distance: number; contracts: OptionContract[] }[] = []
  const smiles = new Map<string, Map<number, OptionContract[]>>()
  // Contracts come expiration by expiration, so the name of one is hardly ever made twice.
  let smile: Map<number, OptionContract[]> | undefined
  let last: OptionContract | undefined
  for (const contract of contracts) {
    if (!smile || last?.expiry !== contract.expiry || last.tradingClass !== contract.tradingClass) {
      const name = `${contract.expiry} ${contract.tradingClass}`
      smile = smiles.get(name) ?? new Map()
      smiles.set(name, smile)
      last = contract
    }
    const known = smile.get(contract.strike)
    if (known) {
      known.push(contract)
      continue
    }
    const own = [contract]
    smile.set(contract.strike, own)
    all.push({ distance: distanceOf(contract, centreFor(contract, spots), days), contracts: own })
  }
  return all
}

/** From the money, in standard deviations to expiry; infinite without a price of the underlying. */
function distanceOf(
  { expiry, strike }: OptionContract,
  spot: WindowCentre | undefined,
  days: ReadonlyMap<ExpiryDate, number>,
): number {
  if (!spot) return Number.POSITIVE_INFINITY
  const years = Math.max(days.get(expiry) ?? 0, 1) / 365
  const deviation = (spot.volFraction ?? ASSUMED_VOL_FRACTION) * Math.sqrt(years)
  return Math.abs(Math.log(strike / spot.price)) / deviation
}

/** Days to expiry of each expiration, for `Candidates`. */
export function daysByExpiry(expirations: readonly ChosenExpiration[]): Map<ExpiryDate, number> {
  return new Map(expirations.map(({ expiry, days }) => [expiry, days]))
}
