import { type ExpiryDate, expiryDate } from '../market/units.ts'

/** One expiration of one trading class: the contracts that the gateway is asked for at once, and one smile. */
export interface ListedExpiration {
  readonly expiry: ExpiryDate
  readonly tradingClass: string
}

/** Identifies an expiration of a class: `20261217 SPXW`. Sorts by date. */
export type ExpirationKey = `${ExpiryDate} ${string}`

export function expirationKey({ expiry, tradingClass }: ListedExpiration): ExpirationKey {
  return `${expiry} ${tradingClass}`
}

/** @throws RangeError if it is not a key */
export function parseExpirationKey(key: string): ListedExpiration {
  const [, expiry = '', tradingClass = ''] = /^(\d{8}) (\S+)$/.exec(key) ?? []
  if (tradingClass === '') throw new RangeError(`not an expiration of a trading class: "${key}"`)
  return { expiry: expiryDate(expiry), tradingClass }
}

/** The date of a key. */
export function expiryOfKey(key: ExpirationKey): ExpiryDate {
  return key.slice(0, 8) as ExpiryDate
}

/** Names of expirations of a chain for a message: dates, with the class where the chain has several. */
export function describeExpirations(
  named: readonly ListedExpiration[],
  { expirations }: { readonly expirations: readonly ListedExpiration[] },
): string {
  const hasSeveralClasses = new Set(expirations.map(({ tradingClass }) => tradingClass)).size > 1
  return named.map((one) => (hasSeveralClasses ? expirationKey(one) : one.expiry)).join(', ')
}
