import type { Socket } from 'node:net'
import { message, type RawPeer, rawPeer } from './raw-peer.ts'

/**
 * A gateway that answers what an order entry asks for at the start, accepts every order, and counts the frames of orders
 * and cancels on the wire. It shares no code with the client or the simulator.
 */
export interface OrderPeer extends Pick<RawPeer, 'port' | 'sockets' | 'close'> {
  /** Frames that place, change or exercise, their bytes, and those that cancel, IB's global cancel included. */
  counts(): { readonly orders: number; readonly orderBytes: number; readonly cancels: number }
  /** The fields of the order frames so far. */
  orders(): readonly (readonly string[])[]
  /** Writes to the newest connection. */
  tell(...frames: readonly Buffer[]): void
  /** Drops all connections; the port stays open. */
  drop(): void
}

export interface OrderPeerOptions {
  /** The text of managedAccounts at each connection; null: it is not told. */
  readonly accounts: (connection: number) => string | null
  /** Where the accounts stand in the greeting: before the first order id, as at a gateway, or behind it. */
  readonly accountsLast?: boolean
  readonly serverVersion?: number
  readonly firstOrderId?: number
  /** The openOrder messages of its list; by default none. */
  readonly openOrders?: () => readonly Buffer[]
  /** The profit or loss of the day; by default 0. */
  readonly dailyPnl?: string
  /** Positions by contract id, of stocks. */
  readonly positions?: Readonly<Record<number, number>>
  /** The answer to a request for the next order id; by default none. */
  readonly nextOrderId?: () => number
  /** Answers an order by hand; by default it is accepted, and a cancel carried out. */
  readonly onOrder?: (fields: readonly string[], socket: Socket) => void
}

const ORDER_KINDS = new Set(['3', '21'])
const CANCEL_KINDS = new Set(['4', '58'])

export const accountsMessage = (text: string) => message(15, 1, text)

export function statusMessage(
  orderId: string | number,
  status: string,
  { filled = 0, remaining = 1, average = 0, permId = 0, clientId = 17 } = {},
): Buffer {
  const id = permId === 0 ? 9_000 + Number(orderId) : permId
  return message(3, orderId, status, filled, remaining, average, id, 0, 0, clientId, '', 0)
}

function positionMessage(conId: string, quantity: number): Buffer {
  const stock = [conId, 'SPY', 'STK', '', 0, '', '', 'SMART', 'USD', 'SPY', 'SPY']
  return message(61, 3, 'DU1234567', ...stock, quantity, 680)
}

export async function orderPeer({
  accounts,
  accountsLast = false,
  serverVersion = 176,
  firstOrderId = 41,
  openOrders,
  dailyPnl = '0',
  positions = {},
  nextOrderId,
  onOrder,
}: OrderPeerOptions): Promise<OrderPeer> {
  const orders: (readonly string[])[] = []
  let orderBytes = 0
  let cancels = 0

  function answer(fields: readonly string[], socket: Socket): void {
    const kind = fields[0] as string
    if (ORDER_KINDS.has(kind)) {
      orders.push(fields)
      orderBytes += 4 + Buffer.byteLength(fields.map((field) => `${field}\0`).join(''))
      if (onOrder) onOrder(fields, socket)
      else socket.write(statusMessage(fields[1] as string, 'Submitted'))
      return
    }
    if (CANCEL_KINDS.has(kind)) {
      cancels += 1
      const id = (serverVersion < 192 ? fields[2] : fields[1]) as string
      if (onOrder) onOrder(fields, socket)
      else {
        socket.write(statusMessage(id, 'Cancelled'))
        socket.write(message(4, 2, id, 202, 'Order Canceled - reason:', ''))
      }
      return
    }
    if (kind === '8' && nextOrderId) socket.write(message(9, 1, nextOrderId()))
    if (kind === '92') socket.write(message(94, fields[1] as string, dailyPnl, 0, 0))
    if (kind === '61') for (const held of Object.entries(positions)) socket.write(positionMessage(...held))
    if (kind === '5' && openOrders) for (const one of openOrders()) socket.write(one)
    const reply = LISTS[kind]?.(fields)
    if (reply) socket.write(reply)
  }

  const peer = await rawPeer({
    hello: [message(serverVersion, '20261120 12:00:00 EST')],
    started: (connection) => {
      const told = accounts(connection)
      const named = told === null ? [] : [accountsMessage(told)]
      const first = message(9, 1, firstOrderId)
      const farm = message(4, 2, -1, 2104, 'Market data farm connection is OK:usfarm', '')
      return accountsLast ? [first, farm, ...named] : [...named, first, farm]
    },
    asked: answer,
  })
  return {
    port: peer.port,
    sockets: peer.sockets,
    close: peer.close,
    counts: () => ({ orders: orders.length, orderBytes, cancels }),
    orders: () => orders,
    tell: (...frames) => void peer.sockets.at(-1)?.write(Buffer.concat(frames)),
    drop: () => {
      for (const socket of peer.sockets) socket.destroy()
    },
  }
}

/** Empty lists, an account with 100,000 dollars, and no profit or loss. */
const LISTS: Readonly<Record<string, (fields: readonly string[]) => Buffer>> = {
  5: () => message(53, 1),
  7: (fields) => message(55, 1, fields[2] as string),
  61: () => message(62, 1),
  6: (fields) =>
    Buffer.concat([
      message(6, 2, 'NetLiquidation', '100000.00', 'USD', fields[3] as string),
      message(54, 1, fields[3] as string),
    ]),
  99: () => message(102),
  49: () => message(49, 1, 1_795_194_000),
}
