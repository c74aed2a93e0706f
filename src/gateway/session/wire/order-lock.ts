import type { Socket } from 'node:net'

/**
 * The last check before bytes leave: a frame that places, changes, exercises or cancels is written only while the lock is
 * open for one, whatever code asked the client library for it. IB's global cancel is never written.
 */
export interface OrderLock {
  /**
   * Opens the lock for one frame while `write` runs. Returns whether a frame was written: the library refuses some orders
   * without a word on the wire.
   */
  openFor(kind: 'order' | 'cancel', write: () => void): boolean
}

/** Message ids of the protocol. */
const PLACE_ORDER = 3
const CANCEL_ORDER = 4
const EXERCISE_OPTIONS = 21
const GLOBAL_CANCEL = 58
const LOCKED: ReadonlySet<number> = new Set([PLACE_ORDER, CANCEL_ORDER, EXERCISE_OPTIONS, GLOBAL_CANCEL])
const ALLOWED = { order: PLACE_ORDER, cancel: CANCEL_ORDER } as const

const HEADER_BYTES = 4

/** Locks a socket to which the library writes one frame at a time. `onBreach` is called instead of a forbidden write. */
export function lockOrders(socket: Pick<Socket, 'write'>, onBreach: (kind: number) => void): OrderLock {
  let allowed: number | null = null
  let wasWritten = false
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean
  const locked = (chunk: unknown, ...rest: unknown[]): boolean => {
    const kind = Buffer.isBuffer(chunk) ? kindOf(chunk) : null
    if (kind === null || !LOCKED.has(kind)) return write(chunk, ...rest)
    if (kind !== allowed) {
      onBreach(kind)
      return false
    }
    allowed = null
    wasWritten = true
    return write(chunk, ...rest)
  }
  socket.write = locked as typeof socket.write
  return {
    openFor: (kind, send) => {
      allowed = ALLOWED[kind]
      wasWritten = false
      try {
        send()
        return wasWritten
      } finally {
        allowed = null
      }
    },
  }
}

/** The number that a frame begins with; null if there is none, as in the greeting. */
function kindOf(frame: Buffer): number | null {
  let kind: number | null = null
  for (let at = HEADER_BYTES; at < frame.length && at < HEADER_BYTES + 4; at += 1) {
    const digit = (frame[at] as number) - 48
    if (!(digit >= 0 && digit <= 9)) return frame[at] === 0 ? kind : null
    kind = 10 * (kind ?? 0) + digit
  }
  return kind
}
