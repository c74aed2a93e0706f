import { z } from 'zod'
import type { CalendarName, Instrument, InstrumentKind } from '../market/instrument.ts'
import { DEFAULT_FRONT_MONTHS, INSTRUMENT_KINDS } from '../market/instrument.ts'
import { instrumentNamed, usStock } from '../market/instruments.ts'
import { SYMBOL_FORM, SYMBOL_INPUT_PATTERN, storedSymbol } from '../market/symbol.ts'

const name = z.string().regex(SYMBOL_INPUT_PATTERN, `must be ${SYMBOL_FORM}`).overwrite(storedSymbol)

const CLASS_PATTERN = /^[A-Z0-9]{1,10}$/

const described = z.strictObject({
  symbol: name,
  kind: z.enum(INSTRUMENT_KINDS).optional(),
  exchange: z
    .string()
    .regex(/^[A-Z][A-Z0-9.]{0,11}$/, 'must be an exchange in capital letters, such as CME')
    .optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be a currency of three letters, such as USD')
    .optional(),
  classes: z
    .array(z.string().regex(CLASS_PATTERN, 'must be a trading class in capital letters, such as SPXW'))
    .min(1)
    .max(50)
    .refine((all) => new Set(all).size === all.length, 'must not name a class twice')
    .optional(),
  multiplier: z.number().positive().max(1_000_000).optional(),
  frontMonths: z.int().min(1).max(24).optional(),
})

/** The keys of an object among the symbols. */
export const SYMBOL_KEYS: readonly string[] = Object.keys(described.shape)

type Described = z.output<typeof described>

/** The exchanges whose hours are known where the gateway lists none. */
const EXCHANGES: Readonly<Record<InstrumentKind, readonly string[]>> = {
  STK: ['SMART'],
  IND: ['CBOE', 'NASDAQ', 'RUSSELL'],
  FUT: ['CME', 'CBOT', 'CFE', 'NYMEX', 'COMEX'],
  FOP: ['CME', 'CBOT', 'CFE', 'NYMEX', 'COMEX'],
}

/** What is wrong with a description, in the words after "is …:"; null if nothing. */
function faultOf(given: Described): { readonly path: string; readonly message: string } | null {
  const { symbol, kind: named } = given
  const usual = baseOf(given)
  const kind = named ?? usual?.kind ?? 'STK'
  const isFuture = kind === 'FUT' || kind === 'FOP'
  if (usual === null && given.exchange === undefined) {
    const legal = EXCHANGES[kind].join(', ')
    return {
      path: 'exchange',
      message: `${symbol} of kind ${kind} needs its exchange: write { "symbol": "${symbol}", "kind": "${kind}", "exchange": "${EXCHANGES[kind][0]}" }, with one of ${legal}`,
    }
  }
  if (given.exchange !== undefined && !EXCHANGES[kind].includes(given.exchange)) {
    const legal = EXCHANGES[kind].join(', ')
    return { path: 'exchange', message: `must be one of ${legal} for ${symbol} of kind ${kind}` }
  }
  if (kind === 'FUT' && given.classes !== undefined)
    return {
      path: 'classes',
      message: `no options of ${symbol} are collected: write "kind": "FOP", or leave it out`,
    }
  if (!isFuture && given.frontMonths !== undefined)
    return { path: 'frontMonths', message: `${symbol} is no future: leave it out` }
  return null
}

/** What a description changes: the table's entry of that name and kind, or a US stock; null if neither is meant. */
function baseOf({ symbol, kind }: Described): Instrument | null {
  const usual = instrumentNamed(symbol)
  if (kind === undefined || kind === usual.kind) return usual
  if (kind === 'STK') return usStock(symbol)
  return kind === 'FOP' && usual.kind === 'FUT' ? usual : null
}

function instrumentOf(given: Described): Instrument {
  const base = baseOf(given)
  const kind = given.kind ?? base?.kind ?? 'STK'
  const exchange = given.exchange ?? base?.exchange ?? 'SMART'
  return {
    ...{ symbol: given.symbol, kind, exchange },
    currency: given.currency ?? base?.currency ?? 'USD',
    tradingClasses: given.classes ?? null,
    multiplier: given.multiplier ?? base?.multiplier ?? (kind === 'IND' ? 100 : null),
    frontMonths: given.frontMonths ?? base?.frontMonths ?? DEFAULT_FRONT_MONTHS,
    calendar: base?.calendar ?? calendarOf(kind, exchange),
    spotIndex: base?.spotIndex ?? null,
  }
}

function calendarOf(kind: InstrumentKind, exchange: string): CalendarName {
  if (kind === 'STK') return 'us-options'
  if (kind === 'IND') return 'us-options-late'
  return exchange === 'NYMEX' || exchange === 'COMEX' ? 'nymex-energy' : 'cme-equity'
}

/** A name, or an object that says what the name means; both become an instrument. */
const entry = z.union([name, described]).transform((given, context): Instrument => {
  if (typeof given === 'string') return instrumentNamed(given)
  const fault = faultOf(given)
  if (fault) {
    context.addIssue({ code: 'custom', path: [fault.path], message: fault.message, input: given })
    return z.NEVER
  }
  return instrumentOf(given)
})

/** The underlyings that are collected. */
export const symbolsOption = z
  .array(entry)
  .min(1)
  .max(20)
  .refine((all) => symbolNamedTwice(all) === undefined, {
    error: ({ input }) =>
      `must not name ${symbolNamedTwice(input as Instrument[])} twice: a lake holds one kind under a symbol`,
  })

function symbolNamedTwice(all: readonly Instrument[]): string | undefined {
  const symbols = all.map(({ symbol }) => symbol)
  return symbols.find((symbol, index) => symbols.indexOf(symbol) !== index)
}
