import { resolve } from 'node:path'
import type { Command } from 'commander'
import { newYorkDate } from '../../market/calendar.ts'
import { type EpochMs, epochMs } from '../../market/units.ts'
import type { EventOf, JournalLine } from '../../paper/journal/events.ts'
import { readJournal } from '../../paper/journal/read.ts'
import { createJournalState, isOpenOrder, type JournalState, unitsHeld } from '../../paper/state.ts'
import type { PaperStatusAnswer } from '../../schemas/paper/status.ts'
import { type CommandContext, withContext } from '../context.ts'
import { parseWholeNumber } from '../option-values.ts'
import { printJson } from '../print-json.ts'
import { amount, dateAndTime } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'
import { chosenJournal } from './chosen-journal.ts'
import { describeEvent, money } from './describe-event.ts'

interface StatusOptions {
  readonly journal?: string
  readonly tail: string
}

const MOST_LINES = 1_000

export function registerStatus(command: Command, signal: AbortSignal): void {
  command
    .option('--journal <file>', 'journal to read (default: paper.journal, else the newest in data/paper)')
    .option('--tail <number>', 'latest events to show', '10')
    .addHelpText(
      'after',
      `
Reads the journal only, so it works beside a running trader and without a
gateway. Profit and loss of open positions is that of their last mark;
docs/paper-trader.md says what it means.

Examples:
  optionlake paper status
  optionlake paper status --journal data/paper/ib.jsonl --tail 50
  optionlake paper status --json`,
    )
    .action((options: StatusOptions, own: Command) =>
      withContext(own, signal, (context) => status(context, options)),
    )
}

async function status(context: CommandContext, options: StatusOptions): Promise<void> {
  const most = parseWholeNumber('--tail', options.tail, { min: 0, max: MOST_LINES })
  const path = chosenJournal(options.journal, context.config.paper.journal)
  const state = createJournalState()
  const marks = new Map<string, EventOf<'mark'>>()
  const tail: JournalLine[] = []
  let lastAt: EpochMs | null = null
  const { damaged } = await readJournal(path, (line) => {
    state.apply(line)
    lastAt = epochMs(Date.parse(line.at))
    if (line.kind === 'mark') marks.set(line.position_id, line)
    tail.push(line)
    if (tail.length > most) tail.shift()
  })
  const answer = answerOf({ path, damaged, state, marks, lastAt })
  if (context.json)
    printJson<PaperStatusAnswer>(context, {
      ...answer,
      journal: resolve(answer.journal),
      tail: tail.map(plainEvent),
    })
  else printAnswer(context, answer, tail)
}

type StatusAnswer = ReturnType<typeof answerOf>

function answerOf({
  path,
  damaged,
  state,
  marks,
  lastAt,
}: {
  path: string
  damaged: number
  state: JournalState
  marks: ReadonlyMap<string, EventOf<'mark'>>
  lastAt: EpochMs | null
}) {
  const date = lastAt === null ? null : newYorkDate(lastAt)
  const all = [...state.positions.values()]
  const open = all.filter(({ phase }) => phase !== 'closed')
  const unmarked = open.filter(({ id }) => (marks.get(id)?.pnl ?? null) === null)
  const closedToday = all.filter(
    ({ phase, closedAt }) => phase === 'closed' && closedAt !== null && newYorkDate(closedAt) === date,
  )
  return {
    ...{
      journal: path,
      damaged,
      date,
      last_event_at: lastAt === null ? null : new Date(lastAt).toISOString(),
    },
    positions: open.map((position) => ({
      ...{ id: position.id, symbol: position.symbol, strategy: position.strategy, state: position.phase },
      ...{ units: unitsHeld(position), max_loss: position.maxLoss, differs: position.differs },
      pnl: marks.get(position.id)?.pnl ?? null,
      marked_slot: marks.get(position.id)?.slot ?? null,
      days: marks.get(position.id)?.days ?? null,
    })),
    orders: [...state.orders.values()].filter(isOpenOrder).map((order) => ({
      ...{ order_ref: order.ref, purpose: order.purpose, side: order.side, quantity: order.quantity },
      ...{ filled: order.filled, limit_price: order.limitPrice, status: order.status || 'intended' },
    })),
    realized_today: closedToday.reduce((sum, { pnl }) => sum + (pnl ?? 0), 0),
    /** Positions of today whose profit and loss is not known. */
    unknown_today: closedToday.filter(({ pnl }) => pnl === null).length,
    /** Null when no open position has a mark. */
    unrealized:
      open.length > 0 && unmarked.length === open.length
        ? null
        : open.reduce((sum, { id }) => sum + (marks.get(id)?.pnl ?? 0), 0),
    /** Open positions without a mark. */
    unmarked: unmarked.length,
  }
}

function printAnswer({ print }: CommandContext, answer: StatusAnswer, tail: readonly JournalLine[]): void {
  const last = answer.last_event_at === null ? null : epochMs(Date.parse(answer.last_event_at))
  print(
    `${answer.journal}: last event ${last === null ? 'none' : `${dateAndTime(last)} New York`}${answer.damaged > 0 ? `; ${amount(answer.damaged, 'damaged line')} skipped` : ''}`,
  )
  print('')
  if (answer.positions.length === 0) print('no open positions')
  else {
    print(
      formatTable(answer.positions, [
        { title: 'position', shortenTo: 14, value: ({ id }) => id },
        { title: 'state', value: ({ state, differs }) => (differs === null ? state : 'differs') },
        { title: 'units', align: 'right', value: ({ units }) => String(units) },
        {
          title: 'days',
          leaveOut: 1,
          align: 'right',
          value: ({ days }) => (days === null ? '–' : String(days)),
        },
        { title: 'max loss', align: 'right', value: ({ max_loss }) => money(max_loss) },
        { title: 'P&L', align: 'right', value: ({ pnl }) => (pnl === null ? '–' : money(pnl)) },
      ]),
    )
  }
  if (answer.orders.length > 0) {
    print('')
    print(
      formatTable(answer.orders, [
        { title: 'order', shortenTo: 14, value: ({ order_ref }) => order_ref },
        { title: 'purpose', leaveOut: 1, value: ({ purpose }) => purpose },
        { title: 'side', value: ({ side }) => side },
        { title: 'quantity', align: 'right', value: ({ quantity }) => String(quantity) },
        { title: 'limit', align: 'right', value: ({ limit_price }) => limit_price.toFixed(2) },
        { title: 'status', value: (order) => order.status },
      ]),
    )
  }
  print('')
  const unknown = answer.unknown_today > 0 ? ` (${answer.unknown_today} unknown, left out)` : ''
  const unmarked = answer.unmarked > 0 ? ` (${answer.unmarked} without a mark, left out)` : ''
  print(
    `closed ${answer.date ?? ''}: ${money(answer.realized_today)}${unknown}; open: ${answer.unrealized === null ? 'unknown' : money(answer.unrealized)}${unmarked}`,
  )
  const lines = tail.flatMap((line) => {
    const text = describeEvent(line)
    return text === null ? [] : [`${dateAndTime(epochMs(Date.parse(line.at)))} ${text}`]
  })
  if (lines.length > 0) print(`\n${lines.join('\n')}`)
}

/** The line as the journal has it; JSON has no undefined. */
function plainEvent(line: JournalLine): PaperStatusAnswer['tail'][number] {
  return line as unknown as PaperStatusAnswer['tail'][number]
}
