import { setImmediate } from 'node:timers/promises'
import type { SymbolSlot } from '../lake/write/append.ts'
import { collectsFutures, type Instrument } from '../market/instrument.ts'
import { instrumentIn } from '../market/instruments.ts'
import { slotOf } from '../market/slot.ts'
import type { FutureRow } from '../snapshot/future-snapshots.ts'
import { NO_QUALITY } from '../snapshot/ledger.ts'
import { slotContent } from '../snapshot/slot-content.ts'
import { type ReportContext, reportHarvest, reportMissing } from '../snapshot/symbol-report.ts'
import { buildSymbolSlot } from './build-rows.ts'
import type { Cycle } from './cycle/cycle.ts'
import type { CycleError } from './cycle/cycle-errors.ts'
import { chainExpiryTimes } from './expiry-times.ts'
import { buildFutures, frontPriceOf } from './futures/build-futures.ts'
import type { FetchedFutures } from './futures/fetched-futures.ts'
import type { CaptureOptions } from './options.ts'
import { type FetchedSymbol, isHarvested } from './symbol/fetched-symbol.ts'

/** Builds what the lake stores for every symbol of a slot: rows and report, or a report of why there are no rows. */
export async function buildSlot(
  fetched: readonly FetchedSymbol[],
  cycle: Cycle,
  { config, sessions, quoteHistories }: CaptureOptions,
): Promise<SymbolSlot[]> {
  const { slot, startedAt, streams } = cycle
  const outage = sessions.outage()
  const vix = streams.price('VIX')?.price ?? null
  const symbols: SymbolSlot[] = []
  for (const one of fetched) {
    const { symbol } = one
    const instrument = instrumentIn(config.symbols, symbol)
    const own = slotOf(slot, symbol)
    const got = cycle.futures.get(symbol)
    const futures = got && { rows: buildFutures(got, own), harvest: got.harvest }
    const shared = { kind: instrument.kind, outage, vix }
    if (isHarvested(one)) {
      const facts = {
        ...{ ...shared, skipped: one.skipped, openInterest: one.chain.cache.openInterest },
        chain: one.note,
        underlyingPrice: (futures && frontPriceOf(futures.rows)) ?? streams.price(symbol)?.price ?? null,
        expiresAt: chainExpiryTimes(one.chain.cache),
        ...(futures && { futures }),
      }
      const options = { analytics: config.analytics, quoteHistories }
      const built = buildSymbolSlot({ ...one.harvest, startedAt }, own, facts, options)
      const fault = futures ? undefined : cycle.futureFaults.get(symbol)
      const report = fault ? withoutFutures(built.report, fault) : built.report
      symbols.push({ ...noFutures(instrument), ...built, report })
    } else if (got && futures) {
      const context = { slot: own.at, date: own.date, ...shared, skipped: 0 }
      const report = reportFutures({ ...got, harvest: { ...got.harvest, startedAt } }, futures.rows, context)
      // Of a symbol with options the chain is missing, and the reason is the chain's.
      const reason = 'reason' in one ? one : null
      symbols.push({
        ...{ symbol, rows: [], futures: futures.rows },
        report: reason ? withoutChain(report, reason) : report,
      })
    } else if ('reason' in one) {
      const { reason, detail } = one
      const facts = { slot: own.at, date: own.date, detail, startedAt, kind: instrument.kind }
      symbols.push({
        symbol,
        rows: [],
        ...noFutures(instrument),
        report: reportMissing(symbol, reason, facts),
      })
    }
    // Building a symbol's rows takes tens of milliseconds; this lets other work, such as /health, run in between.
    await setImmediate()
  }
  return symbols
}

/** The report of a symbol of which only futures were collected. */
export function reportFutures(
  { harvest, detail }: Pick<FetchedFutures, 'harvest' | 'detail'>,
  rows: readonly FutureRow[],
  context: Omit<ReportContext, 'quality' | 'content' | 'underlyingPrice' | 'chain'>,
): SymbolSlot['report'] {
  const bids = rows.filter(({ bid }) => bid !== null && bid > 0).length
  return reportHarvest(harvest, {
    ...context,
    underlyingPrice: frontPriceOf(rows),
    quality: { ...NO_QUALITY, zero_bid_share: rows.length === 0 ? null : 1 - bids / rows.length },
    content: slotContent(rows, harvest.finishedAt),
    chain: detail === null ? null : { detail, isIncomplete: false },
  })
}

function withoutFutures(report: SymbolSlot['report'], { reason, detail }: CycleError): SymbolSlot['report'] {
  return {
    ...report,
    outcome: report.outcome === 'stored' ? 'partial' : report.outcome,
    reason: report.reason ?? reason,
    detail: [report.detail, `no futures: ${detail}`].filter((one) => one !== null).join('; '),
  }
}

function withoutChain(
  report: SymbolSlot['report'],
  { reason, detail }: Extract<FetchedSymbol, { readonly reason: unknown }>,
): SymbolSlot['report'] {
  const details = [detail, report.detail].filter((one) => one !== null)
  return {
    ...report,
    outcome: report.outcome === 'missing' ? 'missing' : 'partial',
    reason,
    detail: details.length === 0 ? null : `futures only: ${details.join('; ')}`,
  }
}

/** A symbol with futures has a count of them, also where there are none. */
function noFutures(instrument: Instrument): Pick<SymbolSlot, 'futures'> {
  return collectsFutures(instrument) ? { futures: [] } : {}
}
