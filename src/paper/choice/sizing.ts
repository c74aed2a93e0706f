import type { PaperSettings } from '../options.ts'

/** What a position that is open, or about to be, binds. */
export interface Exposure {
  readonly symbol: string
  /** Dollars. */
  readonly maxLoss: number
}

export type Size =
  | { readonly quantity: number; readonly reason: null }
  | { readonly quantity: 0; readonly reason: string }

/** Why no further position may be entered in a symbol; null if one may. Pure. */
export function positionLimit(
  symbol: string,
  open: readonly Exposure[],
  { maxPositions, maxPositionsPerSymbol }: Pick<PaperSettings, 'maxPositions' | 'maxPositionsPerSymbol'>,
): string | null {
  const own = open.filter((one) => one.symbol === symbol).length
  if (own >= maxPositionsPerSymbol) {
    return `${own} of at most ${maxPositionsPerSymbol} positions in ${symbol} ${own === 1 ? 'is' : 'are'} open`
  }
  if (open.length >= maxPositions) return `${open.length} of at most ${maxPositions} positions are open`
  return null
}

/** How many units may be entered: bounded by the loss of the position, of all positions, and by the number. Pure. */
export function sizeOf(
  maxLossPerUnit: number,
  open: readonly Exposure[],
  settings: Pick<PaperSettings, 'maxLossPerPosition' | 'maxLossTotal' | 'maxContracts' | 'maxOrderQuantity'>,
): Size {
  const used = open.reduce((sum, { maxLoss }) => sum + maxLoss, 0)
  const left = settings.maxLossTotal - used
  const bounds = [
    { name: 'maxLossPerPosition', units: Math.floor(settings.maxLossPerPosition / maxLossPerUnit) },
    { name: 'maxLossTotal', units: Math.floor(left / maxLossPerUnit) },
    { name: 'maxContracts', units: settings.maxContracts },
    { name: 'maxOrderQuantity', units: settings.maxOrderQuantity },
  ]
  const tightest = bounds.reduce((a, b) => (b.units < a.units ? b : a))
  if (tightest.units >= 1) return { quantity: tightest.units, reason: null }
  const limit =
    tightest.name === 'maxLossTotal'
      ? `$${dollars(left)} are left of paper.maxLossTotal, $${settings.maxLossTotal}`
      : `paper.${tightest.name} is $${settings.maxLossPerPosition}`
  return { quantity: 0, reason: `one unit may lose $${dollars(maxLossPerUnit)}, and ${limit}` }
}

function dollars(value: number): string {
  return value.toFixed(2)
}
