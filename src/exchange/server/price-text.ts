/** Prices below this many ticks are kept as texts: making a text of a decimal number is slow. */
const KEPT_TICKS = 200_000

/** Writes a price that is given in ticks as a JSON number in dollars. */
export type PriceText = (ticks: number) => string

/** For prices of one tick size. It keeps texts, so make one for all runs of a scenario. */
export function createPriceText(tickSize: number): PriceText {
  const texts = new Array<string | undefined>(KEPT_TICKS)
  const decimals = decimalsOf(tickSize)
  const write = (ticks: number) => String(Number((ticks * tickSize).toFixed(decimals)))
  return (ticks) => {
    if (ticks >= KEPT_TICKS) return write(ticks)
    const text = texts[ticks]
    if (text !== undefined) return text
    const written = write(ticks)
    texts[ticks] = written
    return written
  }
}

/** Decimals of a tick size: 2 for 0.01 and 0.25. */
function decimalsOf(tickSize: number): number {
  for (let decimals = 0; decimals < 12; decimals++) {
    if (Math.abs(Number(tickSize.toFixed(decimals)) - tickSize) < tickSize * 1e-9) return decimals
  }
  return 12
}
