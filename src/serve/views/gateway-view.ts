import type { EpochMs } from '../../market/units.ts'
import { adviceFor } from '../health/advice.ts'
import type { HealthSnapshot } from '../health/snapshot.ts'
import type { Connection } from './collection-sources.ts'

/** What the daemon knows of its gateway at this moment. Times are ISO 8601, UTC. */
export type GatewayView = ReturnType<typeof gatewayView>

/** Connection, lines, notices and problems at one moment. Pure. */
export function gatewayView(snapshot: HealthSnapshot, connection: Connection) {
  const { now, startedAt, gateway, breakers, chains, operations, bars, surface, lakeFault } = snapshot
  const { session, limits } = connection
  return {
    at: iso(now),
    started_at: iso(startedAt),
    address: connection.address,
    connected: gateway.connected,
    since: iso(gateway.since),
    reason: gateway.reason,
    detail: gateway.detail,
    advice: adviceFor(gateway.reason),
    sessions_opened: connection.sessionsOpened,
    limits: {
      messages_per_second: limits.messagesPerSecond,
      pacing_window_ms: limits.pacingWindowMs,
      lines: limits.lines,
    },
    session: session && {
      server_version: session.serverVersion,
      messages_sent: session.messagesSent,
      peak_messages_per_second: session.peakMessagesPerSecond,
      lines_in_use: session.linesInUse,
      lines_usable: session.linesUsable,
      lines_awaited: session.linesAwaited,
    },
    cycle_seconds: snapshot.scheduler.cycleSeconds,
    /** The last of each code, the newest first, with its number since the start. */
    notices: gateway.notices.toReversed().map(({ code, message, advice, at }) => ({
      ...{ code, message, advice, at: iso(at) },
      count: connection.notices[code] ?? null,
    })),
    breakers: [...breakers].map(([symbol, { state, since }]) => ({ symbol, state, since: iso(since) })),
    chains: [...chains].map(([symbol, chain]) => ({
      symbol,
      expirations: chain.expirations,
      missing: chain.missing,
      earlier: chain.earlier,
      earlier_date: chain.earlierDate,
      problem: chain.problem,
      listing_seconds: chain.listingSeconds,
    })),
    bars: bars && { streams: bars.streams, problems: problemsOf([...bars.problems, ...only(bars.fault)]) },
    surface: surface && { failures: surface.failures, problem: problemsOf(only(surface.problem))[0] ?? null },
    operations: problemsOf(operations),
    lake_fault: problemsOf(only(lakeFault))[0] ?? null,
  }
}

function problemsOf(problems: readonly { readonly message: string; readonly since: EpochMs }[]) {
  return problems.map(({ message, since }) => ({ message, since: iso(since) }))
}

function only<T>(one: T | null): readonly T[] {
  return one === null ? [] : [one]
}

function iso(at: EpochMs): string {
  return new Date(at).toISOString()
}
