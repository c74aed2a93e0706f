import { EventName, IBApi, type Order, OrderAction, OrderType } from '@stoqey/ib'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { type Clock, clockFrom } from '../../../src/market/clock.ts'
import { sessionDate } from '../../../src/market/units.ts'
import type { SimQuote } from '../../../src/simulator/market/market.ts'
import { simulatorOptions } from '../../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../../src/simulator/server.ts'
import { stubMarket } from '../stub-market.ts'

/** A session of the stub market: noon on its only trading day. */
export const NOON = newYorkInstant(sessionDate('2026-11-20'), '12:00')

/** Every event of one client, in order, without those of the session. */
export interface OrderClient {
  readonly api: IBApi
  readonly events: Array<[string, ...unknown[]]>
  /** Resolves with the first event of that name, past or future. */
  next(name: string, matches?: (...values: unknown[]) => boolean): Promise<unknown[]>
  all(name: string): unknown[][]
  /** Resolves with the first error of that code for that id. */
  error(code: number, id: number): Promise<string>
  /** Names of the order events so far, with the state where there is one. */
  story(): string[]
}

/** A simulated gateway at noon whose quotes the test sets. */
export async function orderGateway(
  setting: { quote?: (conId: number) => SimQuote; options?: object; clock?: Clock } = {},
): Promise<Simulator> {
  const market = stubMarket()
  const { quote } = setting
  return startSimulator(
    quote ? { ...market, quote: ({ conId }) => quote(conId) } : market,
    simulatorOptions.parse({ updateIntervalMs: 5, underlyingUpdateIntervalMs: 5, ...setting.options }),
    { clock: setting.clock ?? clockFrom(NOON), seed: 7 },
  )
}

export async function connectOrders(simulator: Simulator, clientId = 1): Promise<OrderClient> {
  const api = new IBApi({ host: simulator.host, port: simulator.port, clientId, maxReqPerSec: 1e6 })
  const events: Array<[string, ...unknown[]]> = []
  const waiting = new Set<() => void>()
  for (const name of Object.values(EventName)) {
    if (name === EventName.all || name === EventName.received || name === EventName.sent) continue
    api.on(name as EventName.error, (...values: unknown[]) => {
      events.push([name, ...values])
      for (const check of waiting) check()
    })
  }
  const all = (name: string) => events.filter((event) => event[0] === name).map(([, ...values]) => values)
  const next: OrderClient['next'] = (name, matches = () => true) =>
    new Promise((resolve) => {
      const check = () => {
        const found = all(name).find((values) => matches(...values))
        if (!found) return
        waiting.delete(check)
        resolve(found)
      }
      waiting.add(check)
      check()
    })
  api.connect()
  await next('info', (_text, code) => code === 2158)
  return {
    api,
    events,
    all,
    next,
    error: async (code, id) => {
      const [error] = await next('error', (_error, itsCode, itsId) => itsCode === code && itsId === id)
      return (error as Error).message
    },
    story: () => events.flatMap(storyOf),
  }
}

function storyOf([name, ...values]: [string, ...unknown[]]): string[] {
  switch (name) {
    case 'openOrder':
      return [`openOrder ${(values[3] as { status: string }).status}`]
    case 'orderStatus':
      return [`orderStatus ${values[1]}`]
    case 'execDetails':
      return [`execDetails ${(values[1] as { secType: string }).secType}`]
    case 'commissionReport':
    case 'openOrderEnd':
    case 'execDetailsEnd':
    case 'completedOrdersEnd':
      return [name]
    case 'error':
      return [`error ${values[1]}`]
    default:
      return []
  }
}

export function limit(action: 'BUY' | 'SELL', totalQuantity: number, lmtPrice: number): Order {
  return { ...market(action, totalQuantity), orderType: OrderType.LMT, lmtPrice }
}

export function market(action: 'BUY' | 'SELL', totalQuantity: number): Order {
  return { action: OrderAction[action], totalQuantity, orderType: OrderType.MKT, transmit: true }
}
