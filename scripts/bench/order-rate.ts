import { EventName, IBApi, OrderAction, OrderType, SecType } from '@stoqey/ib'
import { startBenchmarkGateway } from './benchmark-gateway.ts'

/** Orders that are sent before the first of them must be filled. */
const IN_FLIGHT = 100
/** Between two looks at the quotes, ms: an order waits for the next one. */
const UPDATE_MS = 5
/** Above it an order is lost. */
const TIMEOUT_MS = 120_000

export interface OrderRate {
  readonly ordersPerSecond: number
  /** From the order to its fill, ms: half of the orders are faster. */
  readonly medianMs: number
}

/** Market orders of one share of SPY, bought and sold in turn by one client of @stoqey/ib, filled one and all. */
export async function measureOrders(count: number): Promise<OrderRate> {
  const gateway = await startBenchmarkGateway({
    market: 'synthetic',
    options: { messagesPerSecond: 100_000, underlyingUpdateIntervalMs: UPDATE_MS },
  })
  const api = new IBApi({ host: '127.0.0.1', port: gateway.port, clientId: 1, maxReqPerSec: 1e6 })
  const firstId = new Promise<number>((resolve) => api.once(EventName.nextValidId, resolve))
  api.connect()
  const first = await firstId
  const sentAtMs = new Map<number, number>()
  const latenciesMs: number[] = []
  let sent = 0
  try {
    const startedAtMs = performance.now()
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${latenciesMs.length} of ${count} orders filled in ${TIMEOUT_MS} ms`)),
        TIMEOUT_MS,
      )
      const send = () => {
        const orderId = first + sent
        const action = sent % 2 === 0 ? OrderAction.BUY : OrderAction.SELL
        sent++
        sentAtMs.set(orderId, performance.now())
        const spy = { symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' }
        api.placeOrder(orderId, spy, {
          ...{ action, totalQuantity: 1, orderType: OrderType.MKT, tif: 'DAY', transmit: true },
        })
      }
      api.on(EventName.error, (error, code, id) => {
        if (sentAtMs.has(id)) reject(new Error(`order ${id}: ${code} ${error.message}`))
      })
      api.on(EventName.orderStatus, (orderId, status) => {
        const atMs = sentAtMs.get(orderId)
        if (status !== 'Filled' || atMs === undefined) return
        sentAtMs.delete(orderId)
        latenciesMs.push(performance.now() - atMs)
        if (sent < count) send()
        else if (sentAtMs.size === 0) {
          clearTimeout(timer)
          resolve()
        }
      })
      for (let order = 0; order < IN_FLIGHT; order++) send()
    })
    const seconds = (performance.now() - startedAtMs) / 1_000
    latenciesMs.sort((a, b) => a - b)
    return {
      ordersPerSecond: count / seconds,
      medianMs: latenciesMs[Math.floor(latenciesMs.length / 2)] as number,
    }
  } finally {
    api.disconnect()
    gateway.stop()
  }
}
