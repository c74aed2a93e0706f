import { isFarmDown } from '../faults/farms.ts'
import { COMPETING_SESSION } from '../faults/inject.ts'
import type { OpenKind, OpenRequest } from '../state.ts'
import type { Lookup } from './answer-later.ts'

export interface Polling {
  readonly kind: OpenKind
  readonly farm: 'market' | 'history'
  /** How long until the next look at the market, ms; asked for after each one. */
  readonly waitMs: () => number
  readonly onClose?: () => void
}

/**
 * A subscription that looks at the market again and again, until it is cancelled. It sends nothing while its farm or the
 * server is down, and nothing for good once another session has taken the market data.
 */
export function openPolling(
  { client, requestId, state }: Lookup,
  { kind, farm, waitMs, onClose }: Polling,
  look: () => void,
): void {
  const { timeline, faults } = state
  let isMuted = false
  let cancel = timeline.after(waitMs(), run)

  function run(): void {
    if (!isMuted && !faults.has('server_lost') && !isFarmDown(faults, farm)) look()
    if (client.open.get(requestId) === subscription) cancel = timeline.after(waitMs(), run)
  }

  const subscription: OpenRequest = {
    kind,
    close: () => {
      if (client.open.get(requestId) !== subscription) return
      client.open.delete(requestId)
      cancel()
      onClose?.()
    },
    mute: () => {
      isMuted = true
    },
  }
  client.open.set(requestId, subscription)
  if (farm === 'market' && faults.has('competing_session')) {
    subscription.mute()
    client.sendError(requestId, COMPETING_SESSION)
  }
}

/** The open requests of a kind, of all clients together. */
export function countOpen({ connections }: Lookup['state'], kind: OpenKind): number {
  let count = 0
  for (const { client } of connections) {
    for (const open of client()?.open.values() ?? []) if (open.kind === kind) count++
  }
  return count
}
