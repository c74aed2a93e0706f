import { expiryDate } from '../../../market/units.ts'
import { badFile, type CsvLine, readCsv } from './csv.ts'

/** One line of a chain file (docs/chain-file.md). null: the cell is empty. */
export interface ChainLine {
  readonly number: number
  readonly symbol: string
  /** The symbol where the file has no column for it, or an empty cell. */
  readonly tradingClass: string
  readonly expiry: string
  readonly strike: number
  readonly right: 'C' | 'P'
  readonly values: Readonly<Record<ValueColumn, number | null>>
}

interface ValueRule {
  readonly legal: string
  accepts(value: number): boolean
}

const PRICE: ValueRule = { legal: 'dollars, 0 or more', accepts: (value) => value >= 0 }
const COUNT: ValueRule = {
  legal: 'a whole number, 0 or more',
  accepts: (value) => Number.isSafeInteger(value) && value >= 0,
}
const ANY: ValueRule = { legal: 'a number', accepts: () => true }

/** The cells that may be empty, and their legal values. */
const VALUE_RULES = {
  bid: PRICE,
  ask: PRICE,
  bid_size: COUNT,
  ask_size: COUNT,
  last: PRICE,
  volume: COUNT,
  open_interest: COUNT,
  iv: { legal: 'a fraction above 0, such as 0.1842', accepts: (value) => value > 0 },
  delta: { legal: 'a number from -1 to 1', accepts: (value) => Math.abs(value) <= 1 },
  gamma: ANY,
  theta: ANY,
  vega: ANY,
  underlying_price: { legal: 'dollars, above 0', accepts: (value) => value > 0 },
} as const satisfies Record<string, ValueRule>

export type ValueColumn = keyof typeof VALUE_RULES

const VALUE_COLUMNS = Object.keys(VALUE_RULES) as ValueColumn[]

/** All columns of a chain file, in the order in which they are written. */
export const CHAIN_COLUMNS: readonly string[] = ['symbol', 'expiry', 'strike', 'right', ...VALUE_COLUMNS]

/** A column that may be left out. */
const CLASS_COLUMN = 'trading_class'

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

/**
 * Reads a chain file. Throws a Failure (78) that names the file, the line, the column, the value and the legal values: for
 * an unknown or missing column, an illegal cell, a contract that appears twice, and a file without contracts.
 */
export function readChainFile(text: string, name: string): ChainLine[] {
  const { columns, lines } = readCsv(text, name)
  const all = CHAIN_COLUMNS.join(', ')
  const missing = CHAIN_COLUMNS.filter((column) => !columns.includes(column))
  if (missing.length > 0) throw badFile(name, `no column ${missing.join(', ')}; the columns are ${all}`)
  const unknown = columns.filter((column) => !CHAIN_COLUMNS.includes(column) && column !== CLASS_COLUMN)
  if (unknown.length > 0) {
    const known = `the columns are ${all}, and ${CLASS_COLUMN} where a symbol has several classes`
    throw badFile(name, `unknown column ${unknown.join(', ')}; ${known}`)
  }
  if (lines.length === 0) throw badFile(name, 'no contracts below the header; write one line per contract')

  const seen = new Map<string, number>()
  return lines.map((line) => {
    const read = readLine(line, name)
    const { symbol, tradingClass } = read
    const ownClass = tradingClass === symbol ? '' : ` of the class ${tradingClass}`
    const contract = `${symbol} ${read.expiry} ${read.strike} ${read.right}${ownClass}`
    const before = seen.get(contract)
    if (before !== undefined) {
      throw badFile(name, `line ${line.number} repeats ${contract} of line ${before}; keep one of them`)
    }
    seen.set(contract, line.number)
    return read
  })
}

function readLine(line: CsvLine, name: string): ChainLine {
  const refuse = (column: string, legal: string) =>
    badFile(name, `line ${line.number}, column ${column}: "${line.cell(column)}" is not ${legal}`)

  const symbol = line.cell('symbol')
  if (!/^[A-Z][A-Z0-9.]{0,11}$/.test(symbol)) throw refuse('symbol', 'a symbol in capitals, such as SPY')
  const tradingClass = line.cell(CLASS_COLUMN) || symbol
  if (!/^[A-Z0-9]{1,12}(\.[A-Z]{1,2})?$/.test(tradingClass)) {
    throw refuse(CLASS_COLUMN, 'a class in capitals, such as SPXW, or empty')
  }
  const expiry = line.cell('expiry')
  if (!isExpiry(expiry)) throw refuse('expiry', 'a date of the form YYYYMMDD')
  const strike = NUMBER.test(line.cell('strike')) ? Number(line.cell('strike')) : 0
  if (!(strike > 0 && Number.isFinite(strike))) throw refuse('strike', 'dollars, above 0')
  const right = line.cell('right')
  if (right !== 'C' && right !== 'P') throw refuse('right', 'C or P')

  const readValue = (column: ValueColumn): number | null => {
    const cell = line.cell(column)
    if (cell === '') return null
    const rule: ValueRule = VALUE_RULES[column]
    const value = NUMBER.test(cell) ? Number(cell) : Number.NaN
    if (!Number.isFinite(value) || !rule.accepts(value)) throw refuse(column, `${rule.legal}, or empty`)
    return value
  }
  const values = Object.fromEntries(VALUE_COLUMNS.map((column) => [column, readValue(column)]))
  return {
    number: line.number,
    symbol,
    tradingClass,
    expiry,
    strike,
    right,
    values: values as ChainLine['values'],
  }
}

function isExpiry(text: string): boolean {
  try {
    return expiryDate(text) === text
  } catch {
    return false
  }
}
