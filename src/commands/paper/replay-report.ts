import { resolve } from 'node:path'
import type { EpochMs } from '../../market/units.ts'
import type { BacktestOutcome } from '../../paper/backtest/backtest.ts'
import type { BacktestTrade, EquityPoint } from '../../paper/backtest/performance.ts'
import type { BacktestAnswer } from '../../schemas/paper/replay.ts'
import { amount, count, dateAndTime, fixed, percent, words } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'

/** What was replayed, and where its journal is. */
export interface ReplayedRange {
  readonly lake: string
  readonly symbols: readonly string[]
  readonly from: EpochMs
  readonly to: EpochMs
  readonly journal: string
}

/** The answer of --json: dollars, times as ISO text, fractions from 0 to 1; what does not exist is null. */
export function replayJson(range: ReplayedRange, outcome: BacktestOutcome): BacktestAnswer {
  const { equity, trades, final, maxDrawdown, wins, inMarket, decisions, orders } = outcome
  return {
    lake: resolve(range.lake),
    symbols: range.symbols,
    from: iso(range.from),
    to: iso(range.to),
    journal: resolve(range.journal),
    is_stopped: outcome.isStopped,
    equity: final.equity,
    realized: final.realized,
    unrealized: final.unrealized,
    commissions: final.commissions,
    max_drawdown: maxDrawdown && {
      dollars: maxDrawdown.dollars,
      peak_at: iso(maxDrawdown.peakAt),
      trough_at: iso(maxDrawdown.troughAt),
    },
    wins: { won: wins.won, closed: wins.closed, unknown: wins.unknown, fraction: wins.fraction },
    in_market: { slots: inMarket.slots, of: inMarket.of, fraction: inMarket.fraction },
    decisions: { entries: decisions.entries, without_entry: decisions.withoutEntry },
    orders: { intended: orders.intended, filled: orders.filled, refused: orders.refused },
    trades: trades.map(tradeJson),
    slots: equity.map(pointJson),
  }
}

function tradeJson(trade: BacktestTrade) {
  return {
    position_id: trade.positionId,
    symbol: trade.symbol,
    strategy: trade.strategy,
    quantity: trade.quantity,
    opened_at: iso(trade.openedAt),
    closed_at: trade.closedAt === null ? null : iso(trade.closedAt),
    cash: trade.cash,
    commissions: trade.commissions,
    pnl: trade.pnl,
    reason: trade.reason,
  }
}

function pointJson(point: EquityPoint) {
  return {
    slot: iso(point.slot),
    realized: point.realized,
    unrealized: point.unrealized,
    equity: point.equity,
    drawdown: point.drawdown,
    open_positions: point.openPositions,
    stale_marks: point.staleMarks,
  }
}

/** One line a slot, with the names of --json. */
export function equityCsv(equity: readonly EquityPoint[]): string {
  const header = 'slot,realized,unrealized,equity,drawdown,open_positions,stale_marks'
  const lines = equity.map((point) => Object.values(pointJson(point)).join(','))
  return `${[header, ...lines].join('\n')}\n`
}

/** The report as text. */
export function replayText(range: ReplayedRange, outcome: BacktestOutcome): string {
  const { trades, final, maxDrawdown, wins, inMarket, decisions, orders } = outcome
  const unknown = wins.unknown === 0 ? '' : `; of ${wins.unknown} more the profit is unknown`
  const facts: [string, string][] = [
    ['lake', range.lake],
    ['slots', `${count(inMarket.of)}, ${dateAndTime(range.from)} to ${dateAndTime(range.to)} New York`],
    ['symbols', range.symbols.join(', ')],
    [
      'decisions',
      `${amount(decisions.entries, 'entry').replace('entrys', 'entries')}, ${count(decisions.withoutEntry)} without one`,
    ],
    [
      'orders',
      `${count(orders.intended)}, of which ${count(orders.filled)} filled and ${count(orders.refused)} refused`,
    ],
    [
      'equity',
      `${dollars(final.equity)}: realized ${dollars(final.realized)}, unrealized ${dollars(final.unrealized)}`,
    ],
    ['commissions', `${dollars(final.commissions)}, included`],
    [
      'drawdown',
      maxDrawdown === null
        ? 'none'
        : `${dollars(maxDrawdown.dollars)}, from ${dateAndTime(maxDrawdown.peakAt)} to ${dateAndTime(maxDrawdown.troughAt)}`,
    ],
    [
      'won',
      wins.fraction === null
        ? `– (no closed position)${unknown}`
        : `${percent(wins.fraction, 1)} % of ${amount(wins.closed, 'closed position')}${unknown}`,
    ],
    ['in market', inMarket.fraction === null ? '–' : `${percent(inMarket.fraction, 1)} % of the slots`],
    ['journal', range.journal],
  ]
  const lines = facts.map(([name, value]) => `${name.padEnd(13)}${value}`)
  return trades.length === 0 ? lines.join('\n') : `${lines.join('\n')}\n\n${tradeTable(trades)}`
}

function tradeTable(trades: readonly BacktestTrade[]): string {
  return formatTable(trades, [
    { title: 'opened (New York)', value: ({ openedAt }) => dateAndTime(openedAt) },
    {
      title: 'closed',
      leaveOut: 3,
      value: ({ closedAt }) => (closedAt === null ? 'open' : dateAndTime(closedAt)),
    },
    { title: 'symbol', value: ({ symbol }) => symbol },
    { title: 'strategy', leaveOut: 2, value: ({ strategy }) => strategy },
    { title: 'units', align: 'right', value: ({ quantity }) => count(quantity) },
    { title: 'commissions', leaveOut: 1, align: 'right', value: ({ commissions }) => fixed(commissions, 2) },
    { title: 'P&L $', align: 'right', value: ({ pnl }) => fixed(pnl, 2) },
    { title: 'reason', shortenTo: 10, value: ({ reason }) => words(reason) },
  ])
}

function dollars(value: number): string {
  const text = Math.abs(value).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
  return `${value < 0 ? '-' : ''}$${text}`
}

function iso(at: EpochMs): string {
  return new Date(at).toISOString()
}
