import { findFutures } from '../chain/futures/find-futures.ts'
import type { Session } from '../gateway/session/session.ts'
import { newYorkInstant, sessionOn, type TradingSession } from '../market/calendar.ts'
import type { Underlying } from '../market/contract.ts'
import { nearFutures } from '../market/front-futures.ts'
import { collectsFutures, type Instrument, underlyingOf } from '../market/instrument.ts'
import { instrumentNamed } from '../market/instruments.ts'
import type { ConId, ExpiryDate, SessionDate } from '../market/units.ts'
import type { BarHours } from './bar-day.ts'
import type { BarInstrument } from './bar-series.ts'
import type { BarsOptions } from './options.ts'

/** Something whose contracts are looked up and streamed: a symbol of the configuration, or an index beside them. */
export interface BarSource {
  readonly instrument: Instrument
  readonly hours: BarHours
  /** How many of its contracts are streamed: of futures the nearest ones. */
  readonly contracts: number
}

/** One contract to stream. */
export interface BarTarget {
  readonly instrument: BarInstrument
  readonly contract: Underlying
  readonly hours: BarHours
}

/** An index of Cboe, also one that the table of usual instruments does not have. */
function indexNamed(symbol: string): Instrument {
  const usual = instrumentNamed(symbol)
  if (usual.kind === 'IND') return usual
  return { ...usual, kind: 'IND', exchange: 'CBOE', calendar: 'us-options-late', spotIndex: null }
}

/**
 * What is streamed, the most important first: the underlyings in the order of the configuration, the front futures, and
 * then the indices beside them. Where lines are scarce, the last are without a stream.
 */
export function barSources(
  instruments: readonly Instrument[],
  options: Pick<BarsOptions, 'indices' | 'futures'>,
  sessionOfSymbol: (date: SessionDate, symbol: string) => TradingSession | null,
): BarSource[] {
  const own = (instrument: Instrument): BarSource => ({
    instrument,
    hours: {
      sessionOn: (date) => sessionOfSymbol(date, instrument.symbol),
      closeOf: instrument.kind === 'IND' ? lateClose : stockClose,
    },
    contracts: collectsFutures(instrument) ? options.futures : 1,
  })
  const named = new Set(instruments.map(({ symbol }) => symbol))
  const beside = options.indices.filter((symbol) => !named.has(symbol))
  return [
    ...instruments.filter((one) => !collectsFutures(one)).map(own),
    ...instruments.filter((one) => collectsFutures(one) && options.futures > 0).map(own),
    ...beside.map((symbol) => ({
      instrument: indexNamed(symbol),
      hours: { sessionOn, closeOf: lateClose },
      contracts: 1,
    })),
  ]
}

/** A stock closes before its options may. */
const stockClose = ({ closeAt }: TradingSession) => closeAt
/** The levels of an index are computed until its options close. */
const lateClose = ({ optionsCloseAt }: TradingSession) => optionsCloseAt

/**
 * Asks the gateway for the contracts of a source on a trade date: one of a stock or index; of futures the front ones,
 * nearest first, that trade until the end of that date. Empty if it lists none.
 */
export async function findTargets(
  session: Pick<Session, 'contractDetails'>,
  { instrument, hours, contracts }: BarSource,
  { date, rollDays, signal }: { date: SessionDate; rollDays: number; signal: AbortSignal },
): Promise<BarTarget[]> {
  const underlying = underlyingOf(instrument)
  const { symbol, calendar } = instrument
  const target = (id: ConId, expiry: ExpiryDate | null): BarTarget => ({
    instrument: { symbol, kind: underlying.secType, conId: id, expiry },
    contract: { ...underlying, conId: id },
    hours,
  })
  if (underlying.secType !== 'FUT') {
    const listed = await session.contractDetails(underlying, signal)
    const own = listed.find((one) => one.symbol === symbol)
    return own === undefined ? [] : [target(own.conId, null)]
  }
  const futures = (await findFutures(session, instrument, signal)).map(({ future }) => future)
  const endAt = hours.sessionOn(date)?.closeAt ?? newYorkInstant(date, '17:00')
  const near = nearFutures(futures, { at: endAt, date }, { rollDays, frontMonths: contracts, calendar })
  return near.flatMap(({ future, rank }) => (rank === null ? [] : [target(future.conId, future.expiry)]))
}
