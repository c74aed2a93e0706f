import { slotChart } from '../../experiments/report/charts/slot-chart.ts'
import { escapeText } from '../../experiments/report/charts/svg.ts'
import { charts, figure, type Section, table } from '../../experiments/report/html.ts'
import { amount, decimal, percent, whole } from '../../experiments/report/numbers.ts'
import { renderPage } from '../../experiments/report/render-report.ts'
import { newYorkDate } from '../../market/calendar.ts'
import { epochMs } from '../../market/units.ts'
import type { JournalPerformance } from '../../paper/backtest/journal-performance.ts'
import type { BacktestReport, BacktestTrade } from '../../paper/backtest/performance.ts'
import type { EventOf } from '../../paper/journal/events.ts'
import { dateAndTime } from '../terminal/format.ts'

/** The journal of a paper trader as one HTML page that needs nothing else. */
export function paperPage(
  journal: string,
  performance: JournalPerformance,
  { madeAt, version }: { readonly madeAt: Date; readonly version: string },
): string {
  const { report, decisions } = performance
  const sections = [equity(report), trades(report), decisionTable(decisions)].filter((one) => one !== null)
  return renderPage({
    title: 'Paper trader',
    head: head(journal, performance, madeAt, version),
    sections,
    data: null,
  })
}

function head(
  journal: string,
  { report, started, read, olderDecisions }: JournalPerformance,
  madeAt: Date,
  version: string,
): string {
  const { final, maxDrawdown, wins, inMarket, decisions, orders } = report
  const facts: readonly (readonly [string, string])[] = [
    ['equity, $', decimal(final.equity, 2)],
    ['realized, $', decimal(final.realized, 2)],
    ['unrealized, $', decimal(final.unrealized, 2)],
    ['commissions, $', decimal(final.commissions, 2)],
    ['deepest drawdown, $', decimal(maxDrawdown?.dollars ?? null, 2)],
    ['won', `${percent(wins.fraction)} of ${amount(wins.closed, 'closed position')}`],
    ['in the market', `${percent(inMarket.fraction)} of ${amount(inMarket.of, 'slot')}`],
    [
      'decisions to enter',
      `${whole(decisions.entries)} of ${whole(decisions.entries + decisions.withoutEntry)}`,
    ],
    [
      'orders filled',
      `${whole(orders.filled)} of ${whole(orders.intended)}, ${whole(orders.refused)} refused`,
    ],
    ['gateway', started?.gateway ?? '–'],
    ['made', `${madeAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`],
    ['optionlake', version],
  ]
  const list = facts.map(
    ([name, value]) => `<div><dt>${escapeText(name)}</dt><dd>${escapeText(value)}</dd></div>`,
  )
  const omissions = [
    ...(read.damaged > 0 ? [`${amount(read.damaged, 'damaged line')} skipped`] : []),
    ...(wins.unknown > 0 ? [`${amount(wins.unknown, 'closed position')} whose profit is unknown`] : []),
    ...(olderDecisions > 0
      ? [`${amount(olderDecisions, 'decision')} not listed, most without an entry`]
      : []),
  ]
  const missing = omissions.length === 0 ? 'Nothing was left out.' : `Left out: ${omissions.join('; ')}.`
  return `<h1>Paper trader</h1><p class="soft">${escapeText(journal)}: ${amount(read.lines, 'event')}. ${escapeText(missing)}</p><dl class="facts">${list.join('')}</dl>`
}

function equity({ equity: points, final }: BacktestReport): Section | null {
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined) return null
  const days = points.map(({ slot }) => newYorkDate(slot))
  const stale = points.filter(({ staleMarks }) => staleMarks > 0).length
  const svgs = [
    slotChart({
      ...{ heading: 'Equity', axis: 'profit and loss since the start, $', days },
      values: points.map((point) => point.equity),
      summary: `${decimal(final.equity, 2)} at the end`,
    }),
    slotChart({
      ...{ heading: 'Realized', axis: 'profit and loss of closed positions, $', days },
      values: points.map(({ realized }) => realized),
      summary: `${decimal(final.realized, 2)} at the end`,
    }),
    slotChart({
      ...{ heading: 'Drawdown', axis: 'below the highest equity so far, $', days },
      values: points.map(({ drawdown }) => drawdown),
      summary: 'see the figures above',
    }),
    slotChart({
      ...{ heading: 'Open positions', axis: 'count', days },
      values: points.map(({ openPositions }) => openPositions),
      summary: `${last.openPositions} at the end`,
    }),
  ]
  return {
    id: 'equity',
    title: 'Equity',
    html: figure(charts(svgs), {
      runs: `${amount(points.length, 'slot')}, ${dateAndTime(first.slot)} to ${dateAndTime(last.slot)} New York`,
      meaning: `Commissions included. Open positions count at the middle of the quotes of the slot, after the trader’s decision and before its orders; where a leg had no quote, at their last value (${amount(stale, 'slot')}).`,
    }),
  }
}

function trades({ trades: all }: BacktestReport): Section | null {
  if (all.length === 0) return null
  const html = table<BacktestTrade>('trades', 'Trades', all, [
    { title: 'opened', text: ({ openedAt }) => dateAndTime(openedAt) },
    { title: 'closed', text: ({ closedAt }) => (closedAt === null ? 'open' : dateAndTime(closedAt)) },
    { title: 'symbol', text: ({ symbol }) => symbol },
    { title: 'strategy', text: ({ strategy }) => strategy },
    { title: 'units', text: ({ quantity }) => whole(quantity), value: ({ quantity }) => quantity },
    { title: 'cash, $', text: ({ cash }) => decimal(cash, 2), value: ({ cash }) => cash },
    {
      title: 'commissions, $',
      text: ({ commissions }) => decimal(commissions, 2),
      value: ({ commissions }) => commissions,
    },
    { title: 'P&L, $', text: ({ pnl }) => decimal(pnl, 2), value: ({ pnl }) => pnl },
    { title: 'why it was closed', text: ({ reason }) => reason ?? '–', wraps: true },
  ])
  return {
    id: 'trades',
    title: 'Trades and exits',
    html: figure(html, {
      runs: amount(all.length, 'position'),
      meaning:
        'Times in New York. Cash: dollars received less dollars paid, without commissions. P&L has them; that of an open position is its last mark, and it is absent where a price is unknown.',
    }),
  }
}

function decisionTable(decisions: readonly EventOf<'decision'>[]): Section | null {
  if (decisions.length === 0) return null
  const figuresOf = ({ figures }: EventOf<'decision'>) =>
    figures
      .map(({ name, value, reason, as_of }) =>
        value === null
          ? `${name} – (${reason})`
          : `${name} ${figureText(value)}${as_of === null ? '' : ` as of ${as_of}`}`,
      )
      .join('; ')
  const html = table<EventOf<'decision'>>('decisions', 'Decisions', decisions, [
    { title: 'slot', text: ({ slot }) => dateAndTime(epochMs(Date.parse(slot))) },
    { title: 'symbol', text: ({ symbol }) => symbol },
    { title: 'decision', text: ({ action }) => (action === 'enter' ? 'enter' : 'no entry') },
    { title: 'strategy', text: ({ strategy }) => strategy ?? '–' },
    { title: 'units', text: ({ quantity }) => whole(quantity), value: ({ quantity }) => quantity },
    { title: 'why', text: ({ reason }) => reason, wraps: true },
    { title: 'figures', text: figuresOf, wraps: true },
  ])
  return {
    id: 'decisions',
    title: 'Decisions',
    html: `<p class="screen"><label>Filter: <input type="search" data-filters="decisions" placeholder="words, such as SPY enter" size="28"></label></p>${figure(html, { runs: amount(decisions.length, 'decision'), meaning: 'One decision a slot and symbol, with the figures that it was made of. Times of slots in New York, of figures in UTC. Definitions and sources of the figures: docs/numbers.md.' })}`,
  }
}

function figureText(value: string | number | boolean): string {
  return typeof value === 'number' ? decimal(value, Number.isInteger(value) ? 0 : 4) : String(value)
}
