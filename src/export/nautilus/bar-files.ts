import { BAR_MS, type UnderlyingBarRow } from '../../snapshot/underlying-bars.ts'
import { digitsOf } from '../decimal.ts'
import { type CatalogFile, fileTimes, fixedBytes, nanoseconds, numbersFile } from './catalog-file.ts'
import { underlyingId } from './instrument-files.ts'

/** The name of nautilus_trader for what a bar is made of; levels of an index count as its last prices. */
const PRICE_TYPES = { trade: 'LAST', level: 'LAST', mid: 'MID' } as const

/**
 * The bars of a stock or index, those of midpoints as a type of their own. A bar is known at its end. The lake does not
 * know how much was traded: the volume is zero.
 */
export function barFiles(
  symbol: string,
  kind: string,
  decimals: number,
  bars: readonly UnderlyingBarRow[],
): CatalogFile[] {
  const id = underlyingId(symbol, kind)
  if (id === null) return []
  return ['LAST', 'MID'].flatMap((type) => {
    const own = bars.filter(({ price_basis }) => PRICE_TYPES[price_basis] === type)
    const [first, last] = [own[0], own.at(-1)]
    if (first === undefined || last === undefined) return []
    const name = `${id}-5-MINUTE-${type}-EXTERNAL`
    const column = (price: 'open' | 'high' | 'low' | 'close') =>
      own.map((bar) => fixedBytes(digitsOf(bar[price], decimals), decimals))
    return numbersFile('bar', name, fileTimes(first.timestamp + BAR_MS, last.timestamp + BAR_MS), {
      numbers: {
        ...{ open: column('open'), high: column('high'), low: column('low'), close: column('close') },
        volume: own.map(() => fixedBytes(0n, 0)),
      },
      times: own.map(({ timestamp }) => nanoseconds(timestamp + BAR_MS)),
      metadata: { bar_type: name, instrument_id: id, price_precision: String(decimals), size_precision: '0' },
    })
  })
}
