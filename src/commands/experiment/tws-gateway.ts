import { findUnderlying } from '../../chain/find-underlying.ts'
import type { Venue } from '../../experiments/run/venue.ts'
import { openTwsVenue } from '../../experiments/tws/venue.ts'
import { type OrderEntry, openOrderEntry, type PlacedOrder } from '../../gateway/orders/order-entry.ts'
import type { GatewayOptions } from '../../gateway/session/options.ts'
import type { Session } from '../../gateway/session/session.ts'
import type { SupervisorOptions } from '../../gateway/supervisor/options.ts'
import { describeState, isOutage, NotReady, type SupervisorState } from '../../gateway/supervisor/state.ts'
import { openSupervisor, type SessionSupervisor } from '../../gateway/supervisor/supervisor.ts'
import { systemClock } from '../../market/clock.ts'
import { usStock } from '../../market/instruments.ts'
import { EXIT, Failure } from '../../process/failure.ts'

/** How to trade over TWS. Plain data, so that it can be handed to a thread. */
export interface TwsAccess {
  /** `HOST:PORT` */
  readonly address: string
  readonly gateway: GatewayOptions
  readonly supervisor: SupervisorOptions
  /** Paper accounts that the user has listed; at least one. */
  readonly accounts: readonly string[]
  readonly symbol: string
  /** From one step to the next, ms. */
  readonly stepMs: number
  /** Dollars. */
  readonly maxLossPerDay: number
}

/** A gateway where runs can be made, one after the other. */
export interface TwsGateway {
  /** `note` gets one line for what a person should know while the run goes on. */
  openVenue(signal: AbortSignal, note: (line: string) => void): Venue
  close(): Promise<void>
}

const CONNECT_LIMIT_MS = 15_000
const LOST_LIMIT_MS = 60_000
/** Less than a stopped run may take to end. */
const CANCEL_LIMIT_MS = 3_000
/** Shares in one order: as many as the inventory of a run may have. */
const MAX_ORDER_QUANTITY = 5_000
const MAX_ORDERS_PER_MINUTE = 1_000
/** Orders of earlier programs that are named one by one. */
const MOST_NAMED = 5
/** An hour, at a second a step: the number of a run for which the user gives none. */
const DEFAULT_STEPS = 3_600

/**
 * Connects and waits until orders can be sent.
 * @throws Failure for a gateway that cannot be reached, an account that is refused, or an unknown symbol.
 */
export async function openTwsGateway(access: TwsAccess, signal: AbortSignal): Promise<TwsGateway> {
  const clock = systemClock
  const { symbol, stepMs } = access
  const { supervisor, entry, session, close } = await openTwsOrders(access, signal)
  try {
    const stock = { ...(await findUnderlying(session, usStock(symbol), signal)), secType: 'STK' as const }
    return {
      openVenue: (runSignal, note) => {
        const earlier = entry.openOrders()
        if (earlier.length > 0) note(ordersOfBefore(earlier))
        return openTwsVenue(
          { supervisor, entry },
          {
            // Short: it is part of the mark of each order.
            runId: `tws-${clock.now().toString(36)}`,
            stock,
            stepMs,
            steps: DEFAULT_STEPS,
            lostLimitMs: LOST_LIMIT_MS,
            cancelLimitMs: CANCEL_LIMIT_MS,
          },
          { clock, signal: runSignal, report: note },
        )
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The guarded way to the orders of this client id. */
export interface TwsOrders {
  readonly supervisor: SessionSupervisor
  readonly entry: OrderEntry
  /** The first session. */
  readonly session: Session
  close(): Promise<void>
}

/** @throws Failure for a gateway that cannot be reached, or an account that is refused. */
export async function openTwsOrders(access: TwsAccess, signal: AbortSignal): Promise<TwsOrders> {
  const clock = systemClock
  const { gateway, accounts, maxLossPerDay } = access
  const limits = {
    maxOrderQuantity: MAX_ORDER_QUANTITY,
    maxOrdersPerMinute: MAX_ORDERS_PER_MINUTE,
    maxLossPerDay,
  }
  const supervisor = openSupervisor(gateway, { clock, options: access.supervisor })
  const entry = openOrderEntry(supervisor, { accounts, limits, clock })
  const close = async () => {
    entry.close()
    await supervisor.close()
  }
  try {
    const session = await firstSession(supervisor, signal)
    await entry.whenReady(signal, CONNECT_LIMIT_MS)
    return { supervisor, entry, session, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Orders of a program that was killed, or of another one with this client id: they may be filled during the run. */
function ordersOfBefore(orders: readonly PlacedOrder[]): string {
  const names = orders
    .slice(0, MOST_NAMED)
    .map(({ orderId, side, remaining }) => `${orderId} ${side} ${remaining}`)
  const rest = orders.length > MOST_NAMED ? `, and ${orders.length - MOST_NAMED} others` : ''
  return `open orders that are not of this run: ${names.join(', ')}${rest}; they are left alone, cancel them in TWS`
}

/**
 * A gateway that cannot be reached at the start is a failure; one that is lost later is waited for. A client id that is in
 * use may be that of the run before, whose connection the gateway still closes: it is tried again until the limit.
 */
async function firstSession(supervisor: SessionSupervisor, signal: AbortSignal): Promise<Session> {
  let removeListener = () => {}
  const failed = new Promise<never>((_, reject) => {
    const check = (state: SupervisorState) => {
      if (state.name !== 'connecting' && isOutage(state) && !isIdInUse(state)) reject(failureOf(state))
    }
    removeListener = supervisor.onChange(check)
    check(supervisor.state())
  })
  try {
    return await Promise.race([supervisor.whenReady(signal, CONNECT_LIMIT_MS), failed])
  } catch (error) {
    throw error instanceof NotReady ? failureOf(error.state) : error
  } finally {
    removeListener()
  }
}

function isIdInUse(state: SupervisorState): boolean {
  return state.name === 'down' && state.reason === 'client_id_in_use'
}

function failureOf(state: SupervisorState): Failure {
  return new Failure(isIdInUse(state) ? EXIT.refused : EXIT.unreachable, describeState(state))
}
