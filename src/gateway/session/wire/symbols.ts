/**
 * Symbols as this program and as IB write them. A class of shares is marked by a dot here (`BRK.B`), which is also what a
 * lake has in its folder names, and by a space at IB (`BRK B`). No other code knows of the difference.
 */
export function wireSymbol(symbol: string): string {
  return symbol.replace('.', ' ')
}

/** The reverse, for what the gateway sends. */
export function symbolFromWire(symbol: string): string {
  return symbol.replace(' ', '.')
}

/**
 * The trading class of a stock's own options: its symbol without the mark (`BRKB`). The contract details of the stock do
 * not have it: their class is that of the stock (`NMS` for one that is listed at Nasdaq).
 */
export function optionClassOf(symbol: string): string {
  return symbol.replace('.', '')
}
