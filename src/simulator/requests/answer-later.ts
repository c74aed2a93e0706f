import { API_ERRORS, type ApiError } from '../errors.ts'
import { isFarmDown } from '../faults/farms.ts'
import type { Client, OpenKind, SimulatorState } from '../state.ts'

/** A pending lookup. */
export interface Lookup {
  readonly client: Client
  readonly requestId: number
  readonly state: SimulatorState
}

/** An answer in parts, each a number of milliseconds after the one before. */
export interface Parts {
  readonly frames: readonly string[]
  readonly apartMs: number
}
/** An answer that goes on in a later turn of the event loop, so that long work does not hold up other clients. */
export interface Step {
  readonly next: () => Answer
}
/** Frames that a subscription with the same id follows. */
export interface Opening {
  readonly opening: string
  readonly follow: () => void
}
export type Answer = string | Parts | Step | Opening | ApiError

/** When and from which farm a lookup is answered. */
export interface Terms {
  readonly farm: 'history' | 'definitions'
  readonly latencyMs: number
  /** What the request is while it is not answered; by default an answer. */
  readonly kind?: OpenKind
}

/** How often a request checks whether its broken farm has recovered, ms. */
const BROKEN_FARM_MS = 250
/** The code of `API_ERRORS.invalid`. */
const INVALID = 321

/** Answers with frames or an error after the latency, and not before the request's farm and the server are up. */
export function answerLater(
  { client, requestId, state }: Lookup,
  { farm, latencyMs, kind = 'answer' }: Terms,
  answer: () => Answer,
): void {
  if (client.open.has(requestId)) {
    client.sendError(requestId, API_ERRORS.duplicateId())
    return
  }
  let cancel = state.timeline.after(latencyMs, () => whenUp(() => respond(answer)))

  const isDown = () => state.faults.has('server_lost') || isFarmDown(state.faults, farm)

  function whenUp(run: () => void): void {
    if (isDown()) cancel = state.timeline.after(BROKEN_FARM_MS, () => whenUp(run))
    else run()
  }

  function respond(next: () => Answer): void {
    const result = next()
    if (typeof result === 'string') finish(result)
    else if ('next' in result) cancel = state.timeline.after(0, () => respond(result.next))
    else if ('frames' in result) sendParts(result, { from: 0, atMs: state.clock.monotonicMs() })
    else if ('opening' in result) {
      finish(result.opening)
      result.follow()
    } else {
      client.open.delete(requestId)
      client.sendError(requestId, result)
      // Some clients take the code for a warning, and would wait for the end of the query.
      if (farm === 'history' && result.code === INVALID)
        client.sendError(requestId, API_ERRORS.queryCancelled(requestId))
    }
  }

  function finish(frames: string): void {
    client.open.delete(requestId)
    client.send(frames)
  }

  /** Sends the parts from `from` on that are due; that one is due at `atMs`. A late timer does not delay the rest. */
  function sendParts(parts: Parts, { from, atMs }: { from: number; atMs: number }): void {
    const { frames, apartMs } = parts
    const nowMs = state.clock.monotonicMs()
    const next = Math.min(frames.length, from + 1 + Math.max(0, Math.floor((nowMs - atMs) / apartMs)))
    if (next === frames.length) client.open.delete(requestId)
    client.send(frames.slice(from, next).join(''))
    if (next === frames.length) return
    const nextAtMs = atMs + (next - from) * apartMs
    cancel = state.timeline.after(Math.max(0, nextAtMs - nowMs), () =>
      goOn(parts, { from: next, atMs: nextAtMs }),
    )
  }

  /** After an outage the parts go on one by one, not with all that became due meanwhile. */
  function goOn(parts: Parts, next: { from: number; atMs: number }): void {
    if (isDown())
      cancel = state.timeline.after(BROKEN_FARM_MS, () =>
        goOn(parts, { ...next, atMs: state.clock.monotonicMs() }),
      )
    else sendParts(parts, next)
  }

  client.open.set(requestId, {
    kind,
    close: () => {
      client.open.delete(requestId)
      cancel()
    },
    mute: () => cancel(),
  })
}
