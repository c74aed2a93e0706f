import type { Context } from 'hono'
import { type AtTheMoneyPath, atTheMoneyPath } from '../../analytics/answers/at-the-money-path.ts'
import { expectedMovesAnswer } from '../../analytics/answers/expected-moves.ts'
import { type MoveRecord, moveRecord } from '../../analytics/answers/move-record.ts'
import { type PricePath, pathDates, pricePath } from '../../analytics/answers/price-path.ts'
import { DEFAULT_ESTIMATOR } from '../../analytics/answers/realized-answer.ts'
import { historyDates, type IvSource, volatilityHistory } from '../../analytics/answers/volatility-history.ts'
import { dateToExpiry, type ExpiryDate, type SessionDate } from '../../market/units.ts'
import { clockAnswer } from '../clock-answer.ts'
import type { Api } from '../refusals.ts'
import { collectedSymbol, expiry, parametersOf, time, tradeDate, tradingClass } from '../route-parameters.ts'
import type { HttpSources } from '../sources.ts'
import { askedDay } from './asked-day.ts'
import type { ExpirationName } from './volatility-sources.ts'

/** A year: the sessions whose expected moves are compared with what came of them. */
const RECORD_SESSIONS = 252

/** The day of the slots at the money, what the underlying did from it on, and how good expected moves were before it. */
export interface MoveDayAnswer {
  readonly source: string
  readonly clock: ReturnType<typeof clockAnswer>
  readonly symbol: string
  readonly date: SessionDate
  /** The expirations of the day's newest slot, ascending. */
  readonly expirations: readonly { readonly expiry: string; readonly trading_class: string | null }[]
  /** The one that the path is of; null if there is none. */
  readonly expiry: ExpiryDate | null
  readonly trading_class: string | null
  readonly path: AtTheMoneyPath
  readonly prices: PricePath
  readonly record: readonly MoveRecord[]
  /** Whose volatility the record is of, and over how many sessions. */
  readonly record_source: IvSource
  readonly record_sessions: number
}

/** Adds the data of the view of expected moves: those of a slot, and its day. */
export function addExpectedMoveView(app: Api, sources: HttpSources): void {
  app.get('/api/views/expected-move/:symbol', async (context) => {
    const symbol = collectedSymbol(context, sources)
    const { at } = parametersOf(context, { at: time })
    const data = await sources.expectedMoves(symbol, at)
    const answer = expectedMovesAnswer(data, symbol)
    return context.json({ source: sources.source, clock: clockAnswer(sources.health()), ...answer })
  })
  app.get('/api/views/expected-move/:symbol/day', async (context) =>
    context.json(await moveDayAnswer(context, sources)),
  )
}

async function moveDayAnswer(context: Context, sources: HttpSources): Promise<MoveDayAnswer> {
  const symbol = collectedSymbol(context, sources)
  const {
    expiry: askedExpiry,
    class: askedClass,
    ...day
  } = parametersOf(context, {
    ...{ at: time, date: tradeDate, expiry, class: tradingClass },
  })
  const { date, lastSlot } = await askedDay(symbol, day, sources)
  const dates = historyDates({ date, window: RECORD_SESSIONS })
  const [listed, prices, observed] = await Promise.all([
    lastSlot === null ? [] : sources.expirations(symbol, lastSlot),
    sources.slotPrices(symbol, pathDates(date)),
    sources.observations(symbol, dates),
  ])
  const chosen = chooseExpiration(listed, { date, expiry: askedExpiry, tradingClass: askedClass })
  const rows = chosen === null ? [] : await sources.atTheMoney(symbol, { ...chosen, date })
  const snapshot = sources.health()
  const sessionOn = (one: SessionDate) => snapshot.timetable.sessionOn(one, symbol)
  const history = volatilityHistory({
    ...{ symbol, date, window: RECORD_SESSIONS, estimator: DEFAULT_ESTIMATOR, ivSource: null },
    ...{ sessionOn, observed, observedVix: [] },
  })
  return {
    ...{ source: sources.source, clock: clockAnswer(snapshot), symbol, date },
    expirations: listed.map((one) => ({ expiry: one.expiry, trading_class: one.tradingClass || null })),
    expiry: chosen?.expiry ?? null,
    trading_class: chosen?.tradingClass || null,
    path: atTheMoneyPath(rows),
    prices: pricePath(prices, { date, sessionOn }),
    record: moveRecord(history),
    record_source: history.iv_source,
    record_sessions: history.dates.length,
  }
}

/**
 * The expiration asked for; else the one that ends on the date, or else the next. Of two classes on one date the last by name,
 * which is the one that is settled at the close (SPXW after SPX). Null where there is none.
 */
function chooseExpiration(
  listed: readonly ExpirationName[],
  asked: {
    readonly date: SessionDate
    readonly expiry: ExpiryDate | undefined
    readonly tradingClass: string | undefined
  },
): ExpirationName | null {
  const ofClass = listed.filter(
    (one) => asked.tradingClass === undefined || one.tradingClass === asked.tradingClass,
  )
  const first = dateToExpiry(asked.date)
  const expiry = asked.expiry ?? ofClass.find((one) => one.expiry >= first)?.expiry
  return ofClass.findLast((one) => one.expiry === expiry) ?? null
}
