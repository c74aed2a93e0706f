import { orderLimits } from '../../../src/gateway/orders/limits.ts'
import type { OrderRequest } from '../../../src/gateway/orders/order.ts'
import { type OrderEntry, openOrderEntry } from '../../../src/gateway/orders/order-entry.ts'
import { gatewayOptions } from '../../../src/gateway/session/options.ts'
import { openSession, type Session } from '../../../src/gateway/session/session.ts'
import { clockFrom } from '../../../src/market/clock.ts'
import { conId, expiryDate } from '../../../src/market/units.ts'
import type { SimQuote } from '../../../src/simulator/market/market.ts'
import type { Simulator } from '../../../src/simulator/server.ts'
import { NOON, orderGateway } from '../../simulator/orders/order-client.ts'

export const ACCOUNT = 'DU1234567'
/** The stock and the two options of the stub market. */
export { NOON }

export interface EntryGateway {
  readonly simulator: Simulator
  readonly session: Session
  readonly entry: OrderEntry
  close(): Promise<void>
}

/** A simulated gateway whose quotes the test sets, one session, and an order entry that is ready. */
export async function openEntryGateway(
  setting: {
    quote?: (conId: number) => SimQuote
    simulator?: object
    limits?: object
    accounts?: readonly string[]
    clientId?: number
  } = {},
): Promise<EntryGateway> {
  const clock = clockFrom(NOON)
  const simulator = await orderGateway({
    clock,
    ...(setting.quote && { quote: setting.quote }),
    ...(setting.simulator && { options: setting.simulator }),
  })
  const session = await openSession(
    gatewayOptions.parse({ port: simulator.port, clientId: setting.clientId ?? 7 }),
    { clock },
  )
  const entry = openOrderEntry(session, {
    accounts: setting.accounts ?? [ACCOUNT],
    limits: orderLimits.parse({ maxOrderQuantity: 1000, maxOrdersPerMinute: 100, ...setting.limits }),
    clock,
  })
  await entry.whenReady(new AbortController().signal, 10_000)
  return {
    simulator,
    session,
    entry,
    close: async () => {
      entry.close()
      await session.close()
      await simulator.close()
    },
  }
}

let refs = 0

/** A buy order of one for the day. */
export function order(
  instrument: OrderRequest['instrument'],
  terms: Partial<Omit<OrderRequest, 'instrument'>> = {},
): OrderRequest {
  refs += 1
  return {
    ...{ instrument, side: 'BUY', quantity: 1, limitPrice: null, timeInForce: 'DAY', transmit: true },
    orderRef: `test-${refs}`,
    ...terms,
  }
}

export function stockOf(id: number, symbol = 'SPY'): OrderRequest['instrument'] {
  return {
    kind: 'stock',
    contract: { conId: conId(id), symbol, secType: 'STK', exchange: 'SMART', currency: 'USD' },
  }
}

export function optionOf(
  id: number,
  {
    strike,
    right,
    expiry,
    symbol = 'SPY',
  }: { strike: number; right: 'C' | 'P'; expiry: string; symbol?: string },
): OrderRequest['instrument'] {
  return {
    kind: 'option',
    contract: {
      ...{ conId: conId(id), symbol, strike, right, tradingClass: symbol, multiplier: 100 },
      ...{ expiry: expiryDate(expiry), exchange: 'SMART', currency: 'USD' },
    },
  }
}
