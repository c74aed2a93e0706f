import type { StrategyAction } from '../strategies/strategy.ts'

/** More actions in one step are taken for a defect of the strategy. */
const MAX_ACTIONS = 500
/** Those that the runner gives are far shorter; an exchange closes a run whose frames are too long. */
const MAX_ORDER_ID_LENGTH = 100

/** What a strategy has answered, checked. */
export type Answer =
  | { readonly kind: 'actions'; readonly actions: readonly StrategyAction[] }
  | { readonly kind: 'invalid'; readonly reason: string }

/**
 * Checks what `decide` returned: a user's strategy may be untyped. Only what can be an order at all passes; whether its
 * price is on a tick and its quantity legal is for the venue to say.
 */
export function checkAnswer(answer: unknown): Answer {
  if (!Array.isArray(answer)) {
    const isPromise = typeof (answer as { then?: unknown } | null)?.then === 'function'
    return invalid(
      isPromise
        ? 'it answered with a promise: decide must return its actions at once'
        : `it answered with ${preview(answer)} instead of a list of actions`,
    )
  }
  if (answer.length > MAX_ACTIONS)
    return invalid(`it answered with ${answer.length} actions: at most ${MAX_ACTIONS} in one step`)
  const actions: StrategyAction[] = []
  for (const one of answer as readonly unknown[]) {
    const action = readAction(one)
    if (typeof action === 'string') return invalid(action)
    actions.push(action)
  }
  return { kind: 'actions', actions }
}

/** A copy with the known fields, or what is wrong. */
function readAction(value: unknown): StrategyAction | string {
  if (typeof value !== 'object' || value === null) return `${preview(value)} is no action`
  const { kind, side, price, qty, orderId } = value as Readonly<Record<string, unknown>>
  if (kind === 'cancel')
    return typeof orderId === 'string' && orderId.length <= MAX_ORDER_ID_LENGTH
      ? { kind, orderId }
      : `a cancel has an orderId of ${preview(orderId)}: give one of state.openOrders`
  if (kind !== 'order') return `an action has a kind of ${preview(kind)}: write order or cancel`
  if (side !== 'BUY' && side !== 'SELL') return `an order has a side of ${preview(side)}: write BUY or SELL`
  if (!isPositive(price)) return `an order has a price of ${preview(price)}: give dollars above 0`
  if (!isPositive(qty) || !Number.isSafeInteger(qty))
    return `an order has a qty of ${preview(qty)}: give whole shares above 0`
  return { kind, side, price, qty }
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}

function invalid(reason: string): Answer {
  return { kind: 'invalid', reason }
}

/** Short, and never throws: the value may be anything. */
function preview(value: unknown): string {
  if (typeof value === 'number' || value === undefined || value === null) return String(value)
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`
  try {
    const text = JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === 'bigint' ? String(inner) : inner,
    )
    return text.length > 60 ? `${text.slice(0, 60)}…` : text
  } catch {
    return `a ${typeof value}`
  }
}
