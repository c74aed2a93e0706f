/**
 * A price in whole cents: the nearest, of the number as it is stored; one that lies exactly between two goes to the even
 * one. The original's language rounds in this way, and it favours neither side: prices that always went up at a half would
 * let a buyer at the mid cross a spread of one cent, and a seller never.
 */
export function toCents(price: number): number {
  const nearest = Number(price.toFixed(2))
  // Only odd multiples of an eighth (0.125, 0.375, …) lie exactly between two cents; toFixed takes the upper one.
  const eighths = price * 8
  const isTie = Number.isInteger(eighths) && eighths % 2 !== 0
  if (!isTie || Math.round(nearest * 100) % 2 === 0) return nearest
  return Number((Math.round(nearest * 100) / 100 - 0.01).toFixed(2))
}
