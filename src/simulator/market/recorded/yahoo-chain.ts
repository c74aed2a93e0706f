import { CHAIN_COLUMNS } from './chain-file.ts'
import { badFile, type CsvLine, readCsv } from './csv.ts'

const NEEDED = [
  'contract',
  'underlying_index',
  'spot_price',
  'bid_price',
  'ask_price',
  'bid_size',
  'ask_size',
  'mark_iv',
  'delta',
  'vega',
  'theta',
  'gamma',
  'open_interest',
  'volume',
  'strike',
  'optiontype',
  'expiry',
  'ttm',
]

/**
 * Converts a chain of OptionChainAnalytics' Yahoo feed into a chain file (docs/chain-file.md). Values that the source
 * lacks stay empty:
 *
 * - prices and sizes are copied: a price of 0 has a size of 1, as every line has;
 * - there is no last trade;
 * - where `mark_iv` is empty, the source has delta ±1 and other greeks of 0 as placeholders;
 * - vega is per 1.00 of volatility: divided by 100;
 * - theta is per year, and its decay term is four times the Black-Scholes one (2·S·φ·σ/√T for S·φ·σ/(2·√T); seen on
 *   all 6,876 lines with a volatility). With the source's own vega = S·φ·√T the surplus is 1.5·vega·σ/T; it is
 *   added back, and the sum divided by 365 days. The result is Black-Scholes theta to half a cent a day.
 */
export function convertYahooChain(text: string, name: string): string {
  const { columns, lines } = readCsv(text, name)
  const missing = NEEDED.filter((column) => !columns.includes(column))
  if (missing.length > 0) {
    throw badFile(
      name,
      `no column ${missing.join(', ')}; the file is not a Yahoo chain of OptionChainAnalytics`,
    )
  }
  return [CHAIN_COLUMNS.join(','), ...lines.map((line) => convertLine(line, name)), ''].join('\n')
}

function convertLine(line: CsvLine, name: string): string {
  const numberIn = (column: string): number | null => {
    const cell = line.cell(column)
    const value = cell === '' ? null : Number(cell)
    if (value !== null && !Number.isFinite(value)) {
      throw badFile(name, `line ${line.number}, column ${column}: "${cell}" is not a number`)
    }
    return value
  }
  const [date, legal] = [line.cell('expiry').slice(0, 10), /^\d{4}-\d{2}-\d{2}$/]
  if (!legal.test(date)) {
    throw badFile(
      name,
      `line ${line.number}, column expiry: "${line.cell('expiry')}" does not begin with a date`,
    )
  }
  const cells: Record<string, string | number | null> = {
    symbol: line.cell('underlying_index'),
    expiry: date.replaceAll('-', ''),
    strike: numberIn('strike'),
    right: line.cell('optiontype'),
    bid: numberIn('bid_price'),
    ask: numberIn('ask_price'),
    bid_size: numberIn('bid_size'),
    ask_size: numberIn('ask_size'),
    volume: numberIn('volume'),
    open_interest: numberIn('open_interest'),
    underlying_price: numberIn('spot_price'),
    ...greeksIn(numberIn),
  }
  return CHAIN_COLUMNS.map((column) => cells[column] ?? '').join(',')
}

function greeksIn(numberIn: (column: string) => number | null): Record<string, number | null> {
  const iv = numberIn('mark_iv')
  const [vega, theta, years] = [numberIn('vega'), numberIn('theta'), numberIn('ttm')]
  if (iv === null) return {}
  const sound = vega !== null && theta !== null && years !== null && years > 0
  return {
    iv,
    delta: numberIn('delta'),
    gamma: numberIn('gamma'),
    vega: vega === null ? null : sixDecimals(vega / 100),
    theta: sound ? sixDecimals((theta + (1.5 * vega * iv) / years) / 365) : null,
  }
}

function sixDecimals(value: number): number {
  return Math.round(value * 1e6) / 1e6
}
