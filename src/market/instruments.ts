import { type CalendarName, DEFAULT_FRONT_MONTHS, type Instrument } from './instrument.ts'
import { tradesLate } from './option-hours.ts'

/** An entry of the table: the instrument, and the classes of options on it that are standard. */
interface UsualInstrument {
  readonly instrument: Instrument
  readonly classes: readonly string[]
}

function index(symbol: string, exchange: string, classes: readonly string[]): UsualInstrument {
  return {
    instrument: {
      ...{ symbol, kind: 'IND', exchange, currency: 'USD', tradingClasses: null, multiplier: 100 },
      ...{ frontMonths: DEFAULT_FRONT_MONTHS, calendar: 'us-options-late', spotIndex: null },
    },
    classes,
  }
}

function futures(
  symbol: string,
  at: { readonly exchange: string; readonly calendar: CalendarName },
  multiplier: number,
  spotIndex: string | null,
  classes: readonly string[],
): UsualInstrument {
  return {
    instrument: {
      ...{ symbol, kind: 'FUT', currency: 'USD', tradingClasses: null, multiplier },
      ...{ frontMonths: DEFAULT_FRONT_MONTHS, spotIndex, ...at },
    },
    classes,
  }
}

const CME = { exchange: 'CME', calendar: 'cme-equity' } as const
const NYMEX = { exchange: 'NYMEX', calendar: 'nymex-energy' } as const

/** `E1A` to `E5A` of `E?A`: the weekly classes of one weekday, by the week of the month. */
function weekly(...forms: readonly string[]): string[] {
  return forms.flatMap((form) => [1, 2, 3, 4, 5].map((week) => form.replace('?', String(week))))
}

/**
 * The usual instruments that are not US stocks. Names, exchanges and multipliers as Interactive Brokers and the
 * exchanges list them; see docs/instruments.md.
 */
const USUAL: ReadonlyMap<string, UsualInstrument> = new Map(
  [
    index('SPX', 'CBOE', ['SPX', 'SPXW']),
    index('XSP', 'CBOE', ['XSP']),
    index('NDX', 'NASDAQ', ['NDX', 'NDXP']),
    index('RUT', 'RUSSELL', ['RUT', 'RUTW']),
    index('VIX', 'CBOE', ['VIX', 'VIXW']),
    futures('ES', CME, 50, 'SPX', ['ES', 'EW', ...weekly('EW?', 'E?A', 'E?B', 'E?C', 'E?D')]),
    futures('NQ', CME, 20, 'NDX', ['NQ', 'QNE', ...weekly('QN?', 'Q?A', 'Q?B', 'Q?C', 'Q?D')]),
    futures('RTY', CME, 50, 'RUT', ['RTO', 'RTM', ...weekly('R?E', 'R?A', 'R?B', 'R?C', 'R?D')]),
    futures('MES', CME, 5, 'SPX', ['MES']),
    futures('MNQ', CME, 2, 'NDX', ['MNQ']),
    futures('M2K', CME, 5, 'RUT', ['M2K']),
    futures('CL', NYMEX, 1_000, null, ['LO', ...weekly('LO?')]),
  ].map((usual) => [usual.instrument.symbol, usual]),
)

/** The table's instrument of a name, else a US stock. `ES` and `CL` are futures, though stocks have these names too. */
export function instrumentNamed(name: string): Instrument {
  return USUAL.get(name)?.instrument ?? usStock(name)
}

/** A US stock or ETF, also under a name that the table has for something else. */
export function usStock(symbol: string): Instrument {
  return {
    ...{ symbol, kind: 'STK', exchange: 'SMART', currency: 'USD', tradingClasses: null, multiplier: 100 },
    frontMonths: DEFAULT_FRONT_MONTHS,
    calendar: tradesLate(symbol) ? 'us-options-late' : 'us-options',
    spotIndex: null,
  }
}

/** The names of the table, in its order. */
export function usualNames(): string[] {
  return [...USUAL.keys()]
}

/** The option classes to collect: those configured, else the table's, else the one with the symbol's own name. */
export function optionClassesOf({ symbol, kind, tradingClasses }: Instrument): readonly string[] {
  if (tradingClasses !== null) return tradingClasses
  const usual = kind === 'STK' ? undefined : USUAL.get(symbol)
  // A class of shares is `BRK.B`, the class of its options `BRKB`.
  return usual?.classes ?? [symbol.replace('.', '')]
}

/** The instrument that is configured under a name; the table's, or a US stock, if none is. */
export function instrumentIn(configured: readonly Instrument[], name: string): Instrument {
  return configured.find(({ symbol }) => symbol === name) ?? instrumentNamed(name)
}
