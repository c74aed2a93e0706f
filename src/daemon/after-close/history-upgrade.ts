import type { AnalyticsOptions } from '../../analytics/options.ts'
import { olderFigures } from '../../analytics/stored/older-figures.ts'
import { rebuildDay, type StoredDay } from '../../analytics/stored/rebuild.ts'
import { rebuildSurfaces } from '../../analytics/stored/surfaces/rebuild-surfaces.ts'
import type { Lake } from '../../lake/open.ts'
import { newYorkDate } from '../../market/calendar.ts'
import type { Clock } from '../../market/clock.ts'
import { MAX_DAYS_EARLY } from '../../market/trade-dates.ts'
import { addDays, type EpochMs } from '../../market/units.ts'
import type { Log } from '../../process/log.ts'
import type { Timetable } from '../../schedule/slots.ts'
import type { HealthSnapshot } from '../../serve/health/snapshot.ts'
import { DEFINITION_VERSION } from '../../snapshot/definition-version.ts'

/** The figures and surfaces of the days that an older program left, computed again while nothing is collected. */
export interface HistoryUpgrade {
  /**
   * Rebuilds the oldest day that is left, if no session is in progress or near. `done`: nothing is left or wanted;
   * `rebuilt`: a day is, or has failed; `later`: it is not the time. Never rejects.
   */
  next(): Promise<'done' | 'rebuilt' | 'later'>
  /** What a user should know as long as days are left. */
  problems(): HealthSnapshot['operations']
}

interface Runtime {
  readonly options: AnalyticsOptions
  readonly timetable: Timetable
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  isCycleRunning(): boolean
  /** Called after each rebuilt day: ranks of cached figures may have changed. */
  onRebuilt(): void
}

/** Chains are listed half an hour before the opening. */
const BEFORE_OPEN_MS = 35 * 60_000
const AFTER_CLOSE_MS = 15 * 60_000

/** Reads which days follow an older version, and says so in the log. */
export async function createHistoryUpgrade(lake: Lake, runtime: Runtime): Promise<HistoryUpgrade> {
  const { options, timetable, clock, log, signal, isCycleRunning, onRebuilt } = runtime
  const { rebuildable, kept } = await olderFigures(lake)
  const left = [...rebuildable]
  const failed: StoredDay[] = []
  const since = clock.now()
  const facts = { definitionVersion: DEFINITION_VERSION, days: left.length, kept: kept.length }
  if (left.length > 0) log.warn(facts, adviceOf(left, options))
  else if (kept.length > 0) {
    log.info(
      facts,
      'figures of an older version of the definitions stay as they are: their chains are not stored',
    )
  }

  async function rebuild(day: StoredDay): Promise<boolean> {
    const stopped = new AbortController()
    const stop = () => stopped.abort()
    signal.addEventListener('abort', stop)
    // A cycle that was asked for by hand comes first: the day is rebuilt later.
    const stopForCycle = () => (isCycleRunning() ? stop() : undefined)
    const common = { options, signal: stopped.signal }
    try {
      // Surfaces come first: the version of the figures says whether the day is done.
      const surfaces = options.surface
        ? await rebuildSurfaces(lake, day, { ...common, onSurface: stopForCycle })
        : { fitted: 0 }
      if (surfaces === null) return false
      const recordedAt = clock.now()
      const report = await rebuildDay(lake, day, { ...common, recordedAt, onFigures: stopForCycle })
      if (report === null) return false
      const { rows, figuresChanged, observationsChanged } = report
      const { date } = day
      log.info(
        { date, rows, figuresChanged, observationsChanged, ...surfaces, daysLeft: left.length - 1 },
        'figures are rebuilt',
      )
      return true
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  return {
    next: async () => {
      const [day] = left
      if (!day || !options.rebuildOnUpgrade || signal.aborted) return 'done'
      if (isCycleRunning() || isNearSession(clock.now(), timetable)) return 'later'
      try {
        if (!(await rebuild(day))) return 'later'
      } catch (error) {
        // A damaged file of one day must not keep the other days from being rebuilt.
        log.error(
          { err: error, date: day.date },
          'the figures of a day could not be rebuilt; optionlake verify says more',
        )
        failed.push(day)
      }
      left.shift()
      onRebuilt()
      if (left.length === 0 && failed.length === 0)
        log.info(facts, 'the history follows the definitions of this version')
      return 'rebuilt'
    },
    problems: () => [
      ...(left.length === 0 ? [] : [{ message: adviceOf(left, options), since }]),
      ...(failed.length === 0 ? [] : [{ message: failureOf(failed), since }]),
    ],
  }
}

function adviceOf(left: readonly StoredDay[], { rebuildOnUpgrade }: AnalyticsOptions): string {
  const days = left.length === 1 ? '1 day' : `${left.length} days`
  const what = `figures of ${days} from ${left[0]?.date} on follow older definitions and are not ranked with new ones`
  return rebuildOnUpgrade
    ? `${what}: they are computed again after the session`
    : `${what}: stop the daemon and run optionlake metrics --rebuild`
}

function failureOf(failed: readonly StoredDay[]): string {
  const dates = failed.map(({ date }) => date).join(', ')
  return `figures of ${dates} could not be computed again: stop the daemon and run optionlake verify`
}

/** Whether a session of any symbol is in progress, about to open or just over. */
export function isNearSession(now: EpochMs, { symbols, sessionOn }: Timetable): boolean {
  const today = newYorkDate(now)
  return symbols.some((symbol) => {
    for (let days = -1; days <= MAX_DAYS_EARLY; days++) {
      const session = sessionOn(addDays(today, days), symbol)
      if (!session) continue
      const isNear = session.openAt - BEFORE_OPEN_MS <= now && now < session.optionsCloseAt + AFTER_CLOSE_MS
      if (isNear) return true
    }
    return false
  })
}
