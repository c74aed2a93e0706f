import type { IBApi } from '@stoqey/ib'
import type { Notice } from './notices.ts'
import type { SendQueue } from './sending/send-queue.ts'

/**
 * What the order entry needs of a session and nobody else may have; `gateway/orders/` is the only module that takes it.
 * A session by itself has no way to send an order.
 */
export interface OrderChannel {
  readonly api: IBApi
  readonly clientId: number
  readonly sendQueue: SendQueue
  /** The next of the numbers that orders and requests share. */
  nextId(): number
  /** Numbers up to this one are never given out: open orders of earlier sessions may have them. */
  skipIds(upTo: number): void
  /** The managed accounts as the gateway told them last, unchanged; null before it has. */
  managedAccounts(): string | null
  onManagedAccounts(listener: () => void): () => void
  onNotice(listener: (notice: Notice) => void): () => void
  /**
   * Calls `write`, during which one order frame, or one cancel, can be written; the socket refuses all others. Returns
   * whether it was.
   */
  unlock(kind: 'order' | 'cancel', write: () => void): boolean
  /** Calls a receiver of the library's events; if it throws, the session ends as a defect. */
  deliver(receive: () => void): void
}

const channels = new WeakMap<object, OrderChannel>()
const taken = new WeakSet<object>()

/** For `openSession` only. */
export function offerOrderChannel(session: object, channel: OrderChannel): void {
  channels.set(session, channel)
}

/** Takes a session's channel for one order entry, until it is released. Throws if another entry has it. */
export function takeOrderChannel(session: object): { channel: OrderChannel; release: () => void } {
  const channel = channels.get(session)
  if (!channel) throw new Error('this session was not opened by openSession')
  if (taken.has(session)) throw new Error('a session can have only one order entry')
  taken.add(session)
  return { channel, release: () => void taken.delete(session) }
}
