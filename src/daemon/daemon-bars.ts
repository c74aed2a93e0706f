import { barSources } from '../bars/bar-targets.ts'
import { type Bars, startBars } from '../bars/bars.ts'
import type { WireLimits } from '../capture/session-source.ts'
import type { Config } from '../config/config.ts'
import type { SessionSupervisor } from '../gateway/supervisor/supervisor.ts'
import type { Lake } from '../lake/open.ts'
import type { Clock } from '../market/clock.ts'
import type { Instrument } from '../market/instrument.ts'
import type { EpochMs } from '../market/units.ts'
import type { Log } from '../process/log.ts'
import type { Timetable } from '../schedule/slots.ts'
import type { BarsHealth } from '../serve/health/snapshot.ts'

/** The streams of the daemon; null if the configuration does not want them. */
export function startDaemonBars(
  instruments: readonly Instrument[],
  {
    config,
    limits,
    timetable,
    ...context
  }: {
    readonly config: Config
    readonly limits: WireLimits
    readonly timetable: Timetable
    readonly supervisor: Pick<SessionSupervisor, 'session' | 'onResubscribe'>
    readonly lake: Lake
    readonly clock: Clock
    readonly log: Log
    readonly signal: AbortSignal
    isCycleRunning(): boolean
  },
): Bars | null {
  if (!config.bars.enabled) return null
  const sources = barSources(instruments, config.bars, timetable.sessionOn)
  return startBars(sources, {
    ...context,
    rollDays: config.futures.rollDays,
    lines: limits.lines,
    needs: {
      ...{ messagesPerSecond: limits.messagesPerSecond, pacingWindowMs: limits.pacingWindowMs },
      dwellMs: config.harvest.expectedDwellMs,
      symbols: instruments.length,
      maxLines: config.bars.maxLines,
    },
  })
}

/** What the health endpoint says about them. */
export function barsHealth(bars: Bars | null, now: EpochMs): BarsHealth | null {
  if (bars === null) return null
  const { streams, fault } = bars.status()
  const open = streams.filter(({ state }) => state === 'open').length
  return { streams: open, problems: bars.problems(now), fault }
}
