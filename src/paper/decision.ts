import type { FigureAnswer } from '../analytics/answers/market-answer.ts'
import { sessionOn } from '../market/calendar.ts'
import type { EpochMs, SessionDate } from '../market/units.ts'
import type { Choice } from './choice/choice.ts'
import { type Exposure, positionLimit, sizeOf } from './choice/sizing.ts'
import { CHOOSE_CONTRACTS } from './choice/strategies.ts'
import type { Rejection } from './choice/usable-quotes.ts'
import type { EventOf } from './journal/events.ts'
import type { PaperSettings, StrategyName } from './options.ts'
import { type EntryAnswer, entryFiguresOf, knownFigures } from './signals/figures.ts'
import { ENTRY_SIGNALS } from './signals/signals.ts'
import { isOpenOrder, type TraderState } from './state.ts'
import type { ChainQuote } from './structure.ts'

export interface DecisionInput {
  readonly slot: EpochMs
  /** Trade date of the slot. */
  readonly date: SessionDate
  readonly now: EpochMs
  readonly symbol: string
  readonly answer: EntryAnswer
  readonly chain: readonly ChainQuote[]
  readonly state: TraderState
  readonly settings: PaperSettings
  /** Why no order can be sent; null if orders can be sent. */
  readonly refusal: string | null
}

/** A decision as it is journaled, and the entry that it makes. */
export interface Decision {
  readonly event: EventOf<'decision'>
  readonly entry: {
    readonly strategy: StrategyName
    readonly choice: Choice
    readonly quantity: number
  } | null
}

/** Whether a symbol is entered in a slot, with all that it is decided on. Pure. */
export function decideEntry(input: DecisionInput): Decision {
  const { symbol, slot, answer } = input
  const figures = entryFiguresOf(answer)
  const noted = Object.entries(figures).map(([name, figure]) => journaled(name, figure))
  const base = { kind: 'decision', slot: iso(slot), symbol, figures: noted } as const
  const nothing = { strategy: null, choice: null, quantity: null } as const
  const no = (
    reason: string,
    more: { signals?: Signals; rejected?: readonly Rejection[] } = {},
  ): Decision => ({
    event: {
      ...{ ...base, action: 'no_entry', reason, ...nothing },
      ...{ signals: [...(more.signals ?? [])], rejected: [...(more.rejected ?? [])] },
    },
    entry: null,
  })

  const gate = slotGate(input) ?? positionGate(input)
  if (gate !== null) return no(gate)
  const { known, missing } = knownFigures(figures)
  if (known === null) return no(missing)
  const signals = input.settings.strategies.map((strategy) => ({
    ...{ strategy, ...ENTRY_SIGNALS[strategy](known, input.settings) },
  }))
  const strategy = signals.find(({ enter }) => enter)?.strategy
  if (strategy === undefined) return no(signals.map(({ reason }) => reason).join('; '), { signals })

  const { chain, date, settings } = input
  const { choice, reason, rejected } = CHOOSE_CONTRACTS[strategy]({ chain, date, settings })
  if (choice === null) return no(`${strategy}: ${reason}`, { signals, rejected })
  const size = sizeOf(choice.max_loss, exposuresOf(input.state), settings)
  if (size.reason !== null) return no(`${strategy}: ${size.reason}`, { signals, rejected })
  if (input.refusal !== null)
    return no(`${strategy}: no order can be sent: ${input.refusal}`, { signals, rejected })
  const { quantity } = size
  return {
    event: {
      ...{ ...base, action: 'enter', strategy, quantity },
      ...{ reason: signals.find(({ enter }) => enter)?.reason ?? '' },
      ...{ signals: [...signals], rejected: [...rejected], choice: { ...choice, legs: [...choice.legs] } },
    },
    entry: { strategy, choice, quantity },
  }
}

type Signals = EventOf<'decision'>['signals']

/** A slot begins before it is stored: one that has yet to begin shows that a clock was set. */
const MOST_AHEAD_SECONDS = 60

/** What the slot itself says against an entry; null if nothing. */
function slotGate({ slot, date, now, answer, settings }: DecisionInput): string | null {
  if (answer.slot === null) return 'no slot is stored'
  if (answer.slot !== iso(slot)) return `the newest stored slot is ${answer.slot}, not ${iso(slot)}`
  const age = (now - slot) / 1_000
  if (age > settings.maxFigureAgeSeconds) {
    return `the slot is ${Math.round(age)} s old, and paper.maxFigureAgeSeconds is ${settings.maxFigureAgeSeconds}`
  }
  if (age < -MOST_AHEAD_SECONDS) {
    return `the slot is ${Math.round(-age)} s ahead of the clock: one of the two is wrong`
  }
  const session = sessionOn(date)
  if (!session) return `${date} has no session`
  const sinceOpen = (slot - session.openAt) / 60_000
  if (sinceOpen < settings.minutesAfterOpen) {
    return `${sinceOpen} minutes after the open, and paper.minutesAfterOpen is ${settings.minutesAfterOpen}`
  }
  const toClose = (session.closeAt - slot) / 60_000
  if (toClose < settings.minutesBeforeClose) {
    const when = toClose <= 0 ? 'after the close' : `${toClose} minutes before the close`
    return `${when}, and paper.minutesBeforeClose is ${settings.minutesBeforeClose}`
  }
  return null
}

/** What the positions and orders of the trader say against an entry; null if nothing. */
function positionGate({ slot, now, symbol, state, settings }: DecisionInput): string | null {
  if (state.entrySlots.get(symbol) === iso(slot)) return 'an entry was already ordered in this slot'
  const limit = positionLimit(symbol, exposuresOf(state), settings)
  if (limit !== null) return limit
  const endedAt = state.endedAt.get(symbol)
  const minutes = endedAt === undefined ? Number.POSITIVE_INFINITY : (now - endedAt) / 60_000
  if (minutes >= settings.reentryMinutes) return null
  return `the last position ended ${Math.floor(minutes)} minutes ago, and paper.reentryMinutes is ${settings.reentryMinutes}`
}

/** What is open or may become so; a position counts as a whole until it is closed. */
export function exposuresOf({ positions, orders }: TraderState): Exposure[] {
  const ordered = new Set([...orders.values()].filter(isOpenOrder).map(({ positionId }) => positionId))
  return [...positions.values()].filter(({ id, phase }) => phase !== 'closed' || ordered.has(id))
}

function journaled(name: string, figure: FigureAnswer): EventOf<'decision'>['figures'][number] {
  const { value, reason, definition, unit, source, window, observations, observations_of } = figure
  const { as_of, age_seconds } = figure
  return {
    ...{ name, value, reason, definition, unit, source, window, observations, observations_of },
    ...{ as_of, age_seconds },
  }
}

function iso(at: EpochMs): string {
  return new Date(at).toISOString()
}
