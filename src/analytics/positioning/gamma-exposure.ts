import type { ChainRow, Expiration, GroupedChain } from '../chain.ts'
import type { TermPoint } from '../volatility/at-the-money.ts'

/**
 * The sign rule: no data show who holds the open contracts. Dealers are taken to be long the calls that customers have
 * sold against their shares, and short the puts that customers have bought as insurance.
 */
export const DEALER_ASSUMPTION = 'dealers are long calls and short puts'

/** Dollars a point of an option whose row does not say: version 0.1 collected standard options only. */
export const STANDARD_MULTIPLIER = 100

/** The exposures are for a move of the underlying by this share. */
export const MOVE = 0.01

/** A gamma beyond this is an error of who wrote it, deltas a dollar. */
const MOST_GAMMA = 1e6

/** An option with its open interest and gamma. */
export interface OpenContract {
  readonly row: ChainRow
  readonly openInterest: number
  /**
   * What its dealer has to sell for a rise of the underlying by 1 %, dollars: gamma · S² · 0.01 · multiplier · open
   * interest, positive for calls and negative for puts.
   */
  readonly exposure: number
}

/** The open contracts of one expiration, and what its options are priced on. */
export interface OpenExpiration {
  readonly expiration: Expiration
  readonly term: TermPoint
  /** Dollars. */
  readonly price: number
  readonly contracts: readonly OpenContract[]
}

/**
 * The contracts of a chain whose open interest and gamma are both known, by expiration. Expirations without a price of what
 * they are priced on are left out: of options on the VIX that is the forward, of others the underlying's price.
 */
export function openExpirations(chain: GroupedChain, terms: readonly TermPoint[]): readonly OpenExpiration[] {
  return chain.expirations.flatMap((expiration, at) => {
    const term = terms[at] as TermPoint
    const price = pricedAt(expiration, { chain, term })
    if (price === null) return []
    const contracts: OpenContract[] = []
    for (const { call, put } of expiration.strikes) {
      for (const row of [call, put]) {
        const contract = row && openContract(row, price)
        if (contract) contracts.push(contract)
      }
    }
    return [{ expiration, term, price, contracts }]
  })
}

/** The price that the options of an expiration follow, dollars; null if unknown. */
export function pricedAt(
  { pricedOn, spot }: Pick<Expiration, 'pricedOn' | 'spot'>,
  { chain, term }: { readonly chain: Pick<GroupedChain, 'spot'>; readonly term: TermPoint },
): number | null {
  if (pricedOn === 'forward') return term.forward.value?.forward ?? null
  return pricedOn === 'future' ? spot : chain.spot
}

function openContract(row: ChainRow, price: number): OpenContract | null {
  const openInterest = countOf(row.open_interest)
  const { gamma = null } = row
  if (openInterest === null || gamma === null || !(gamma >= 0 && gamma <= MOST_GAMMA)) return null
  const exposure = signOf(row) * gamma * price * price * MOVE * multiplierOf(row) * openInterest
  return { row, openInterest, exposure }
}

/** 1 for a call, −1 for a put: the sign rule of `DEALER_ASSUMPTION`. */
export function signOf({ right }: Pick<ChainRow, 'right'>): 1 | -1 {
  return right === 'C' ? 1 : -1
}

export function multiplierOf({ multiplier = null }: Pick<ChainRow, 'multiplier'>): number {
  return multiplier !== null && multiplier > 0 ? multiplier : STANDARD_MULTIPLIER
}

/** A count of contracts; null where it is unknown or none. */
export function countOf(count: number | null): number | null {
  return count !== null && count >= 0 && Number.isFinite(count) ? count : null
}

/** The exposures of all contracts together, dollars for 1 %. */
export function totalExposure(open: readonly OpenExpiration[]): number {
  let total = 0
  for (const { contracts } of open) for (const { exposure } of contracts) total += exposure
  return total
}
