import type { FigureAnswer, FuturesAnswer } from '../../analytics/answers/market-answer.ts'
import { carryOf } from '../../analytics/options.ts'
import { type MarketData, marketData } from '../../analytics/stored/reader.ts'
import type { Lake } from '../../lake/open.ts'
import { stats } from '../../lake/query/stats.ts'
import { namesOf } from '../../market/instrument.ts'
import type { EpochMs } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { CommandContext } from '../context.ts'
import { describeLake } from '../stored-lake.ts'
import { count, dateAndTime, fixed, words } from '../terminal/format.ts'

/**
 * The figures of the newest slot at a time (default: now). Null if a configured or stored symbol has none yet.
 * @throws Failure EXIT.usage for any other symbol.
 */
export async function readFigures(
  lake: Lake,
  symbol: string,
  { context, at }: { context: CommandContext; at?: EpochMs | undefined },
): Promise<MarketData | null> {
  const { config } = context
  const data = await marketData(lake, symbol, {
    carry: carryOf(config.analytics, symbol),
    ...(at !== undefined && { at }),
  })
  if (!data) await requireKnown(lake, symbol, context)
  return data
}

/** @throws Failure EXIT.usage for a symbol that is neither configured nor stored. */
export async function requireKnown(lake: Lake, symbol: string, { config }: CommandContext): Promise<void> {
  if (namesOf(config.symbols).includes(symbol)) return
  const { symbols } = await stats(lake)
  if (symbols.includes(symbol)) return
  const known = [...new Set([...symbols, ...namesOf(config.symbols)])].sort()
  throw new Failure(
    EXIT.usage,
    `"${symbol}" is neither configured nor in ${describeLake(lake)}: known symbols are ${known.join(', ')}`,
  )
}

/** Shown instead of the slot's time if nothing is stored. */
export function noSlotText(at?: EpochMs): string {
  return at === undefined
    ? 'no slot stored yet (optionlake collect-once)'
    : `no slot at or before ${dateAndTime(at)} New York`
}

/** A value as text: fractions in percent, dollars with their sign. */
export function valueText({ value, unit }: Pick<FigureAnswer, 'value' | 'unit'>): string {
  if (value === null) return '–'
  if (typeof value !== 'number') return typeof value === 'boolean' ? (value ? 'yes' : 'no') : words(value)
  if (unit === 'fraction') return `${(100 * value).toFixed(2)} %`
  // A variance of a year: the square of 1 % is 0.0001.
  if (unit === 'fraction²') return value.toFixed(5)
  if (unit === '$') return `$ ${value.toFixed(2)}`
  if (unit === '$ per 1 %') return `$ ${count(Math.round(value))}`
  return value.toFixed(unit === 'ratio' ? 3 : 2)
}

/** "240 of 252" for a figure over a window, else the number of its observations. */
export function observationsText({
  observations,
  window,
}: Pick<FigureAnswer, 'observations' | 'window'>): string {
  return window === null ? count(observations) : `${count(observations)} of ${count(window)}`
}

/** Basis and roll yield, with the contracts and the index that they are made from. */
export function futureLines({ front, next, spot, basis, basis_fraction, roll_yield }: FuturesAnswer): string {
  const name = front?.local_symbol ?? 'no front future'
  const against = spot === null ? '' : ` (${name} less ${spot.index} at ${fixed(spot.price, 2)})`
  const between = front && next ? ` (${front.local_symbol} to ${next.local_symbol})` : ''
  return [
    basis.value === null
      ? `basis: –${reasonText(basis)}`
      : `basis: ${valueText(basis)}, ${valueText(basis_fraction)}${against}`,
    `roll yield: ${valueText(roll_yield)} a year${between}${reasonText(roll_yield)}`,
  ].join('\n')
}

function reasonText({ reason }: Pick<FigureAnswer, 'reason'>): string {
  return reason === null ? '' : `: ${words(reason)}`
}
