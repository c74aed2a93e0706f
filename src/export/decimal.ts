/** Prices are exact up to this many decimals; further ones are noise of binary fractions. */
export const MAX_DECIMALS = 9

/** A price in units of its last decimal. */
export interface Decimal {
  readonly digits: bigint
  readonly decimals: number
}

/**
 * The shortest decimal fraction that a price stands for: 5.1 has one decimal. A price with more than `MAX_DECIMALS` is
 * rounded to them.
 */
export function decimalOf(price: number): Decimal {
  for (let decimals = 0; decimals < MAX_DECIMALS; decimals++) {
    const scaled = Math.round(price * 10 ** decimals)
    // The division gives the double that is nearest to the decimal fraction, which is what the lake stores.
    if (Number.isSafeInteger(scaled) && scaled / 10 ** decimals === price) {
      return { digits: BigInt(scaled), decimals }
    }
  }
  return { digits: BigInt(Math.round(price * 10 ** MAX_DECIMALS)), decimals: MAX_DECIMALS }
}

/** How many decimals all these prices need, at least `least`. */
export function decimalsOf(prices: Iterable<number>, least: number): number {
  let most = least
  for (const price of prices) {
    if (isExact(price, most)) continue
    most = Math.max(most, decimalOf(price).decimals)
  }
  return most
}

/** A price in units of the given decimal, which must not be fewer than it has. */
export function digitsOf(price: number, decimals: number): bigint {
  return BigInt(Math.round(price * 10 ** decimals))
}

/** A price as text with exactly these decimals. */
export function decimalText(price: number, decimals: number): string {
  return price.toFixed(decimals)
}

function isExact(price: number, decimals: number): boolean {
  const scaled = Math.round(price * 10 ** decimals)
  return scaled / 10 ** decimals === price
}
