import type { OrderLimits } from '../../gateway/orders/limits.ts'
import { type OrderEntry, openOrderEntry } from '../../gateway/orders/order-entry.ts'
import { gatewayOptions } from '../../gateway/session/options.ts'
import { openSession, type Session } from '../../gateway/session/session.ts'
import { type EpochMs, epochMs } from '../../market/units.ts'
import { createSteppedClock, type SteppedClock, type Traffic } from '../../paper/backtest/stepped-clock.ts'
import type { Lifetime } from '../../process/lifetime.ts'
import type { Recording } from '../../simulator/market/replay/recording.ts'
import { openReplay } from '../../simulator/market/replay/replay.ts'
import type { SimulatorOptions } from '../../simulator/options.ts'
import { type Simulator, startSimulator } from '../../simulator/server.ts'

/** A gateway that serves a recording, and a trader's connection with it, on one clock that is moved by hand. */
export interface ReplayGateway {
  readonly clock: SteppedClock
  readonly entry: OrderEntry
}

/** So high that no message waits: time stands still while messages are under way. */
const MESSAGES_PER_SECOND = 100_000
/** The connection is made before the first slot, ms. */
const EARLY_MS = 600_000

/** Starts the simulator on a free port of the loopback interface and connects to it. Closed with the lifetime. */
export async function openReplayGateway(
  recording: Recording,
  {
    firstSlot,
    rules,
    limits,
    clientId,
    seed,
    lifetime,
  }: {
    readonly firstSlot: EpochMs
    readonly rules: SimulatorOptions
    readonly limits: OrderLimits
    readonly clientId: number
    readonly seed: number
    readonly lifetime: Lifetime
  },
): Promise<ReplayGateway> {
  const ends: { simulator: Simulator | null; session: Session | null } = { simulator: null, session: null }
  const startAt = epochMs(firstSlot - EARLY_MS)
  const clock = createSteppedClock(startAt, trafficOf(ends))
  const replay = await clock.during(openReplay(steppedRecording(recording, clock), clock), firstSlot)
  lifetime.onClose(() => replay.close())
  const simulator = await startSimulator(
    replay.market,
    { ...rules, port: 0, messagesPerSecond: MESSAGES_PER_SECOND, faults: [] },
    { clock, seed },
  )
  lifetime.onClose(() => simulator.close())
  const session = await openSession(
    gatewayOptions.parse({
      port: simulator.port,
      clientId,
      messagesPerSecond: MESSAGES_PER_SECOND,
    }),
    { clock },
  )
  lifetime.onClose(() => session.close())
  Object.assign(ends, { simulator, session })
  const entry = openOrderEntry(session, { accounts: [rules.account], limits, clock })
  lifetime.onClose(() => entry.close())
  const never = new AbortController().signal
  await clock.during(entry.whenReady(never, EARLY_MS / 2), firstSlot)
  return { clock, entry }
}

/** The traffic between both ends; none as long as one of them is missing. */
function trafficOf(ends: {
  readonly simulator: Simulator | null
  readonly session: Session | null
}): Traffic {
  return {
    isQuiet: () => {
      const { simulator, session } = ends
      if (!simulator || !session?.isOpen) return true
      const { bytesSent, received } = simulator.stats()
      const { bytesReceived, messagesSent } = session.counters()
      // startApi is a message of the client, and no request of the simulator's.
      const requests = Object.values(received).reduce((sum, count) => sum + count, 1)
      return bytesSent === bytesReceived && requests >= messagesSent
    },
    written: () => (ends.simulator?.stats().bytesSent ?? 0) + (ends.session?.counters().messagesSent ?? 0),
  }
}

/** Time stands still while the recording is read. */
function steppedRecording(recording: Recording, { external }: SteppedClock): Recording {
  return {
    ...recording,
    chainAt: (symbol, at) => external(() => recording.chainAt(symbol, at)),
    slotAfter: (symbol, at) => external(() => recording.slotAfter(symbol, at)),
    listedOn: (symbol, date) => external(() => recording.listedOn(symbol, date)),
  }
}
