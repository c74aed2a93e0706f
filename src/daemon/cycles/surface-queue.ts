import type { AnalyticsOptions } from '../../analytics/options.ts'
import { storeSurfaces } from '../../analytics/stored/surfaces/store-surfaces.ts'
import type { Lake } from '../../lake/open.ts'
import type { DueSlot } from '../../market/slot.ts'
import type { EpochMs } from '../../market/units.ts'
import type { Log } from '../../process/log.ts'
import type { SurfaceHealth } from '../../serve/health/snapshot.ts'

type StoredSlot = Pick<DueSlot, 'at' | 'dates'>

/** Fits and stores the surfaces of slots, beside the cycles. A failure is logged and counted, and breaks nothing. */
export interface SurfaceQueue {
  /** A slot whose rows and figures are stored. Returns at once. */
  add(slot: StoredSlot, symbols: readonly string[]): void
  /** Null where the settings want no surfaces. */
  health(): SurfaceHealth | null
  /** Resolves once every slot that was added is stored, has failed, or was given up by `close`. */
  idle(): Promise<void>
  /** Gives up what has not begun, and waits for the rest. */
  close(): Promise<void>
}

/** Slots that wait. A slot takes less than a second, so this is the queue of a machine that is far too slow. */
const MAX_WAITING = 12

export function createSurfaceQueue(
  lake: Lake,
  {
    options,
    log,
    onStored = () => {},
  }: {
    readonly options: AnalyticsOptions
    readonly log: Log
    /** The surfaces of these symbols are stored. */
    readonly onStored?: (slot: EpochMs, symbols: readonly string[]) => void
  },
): SurfaceQueue {
  const { clock } = lake
  let waiting: { readonly slot: StoredSlot; readonly symbols: readonly string[] }[] = []
  let running: Promise<void> | null = null
  let failures = 0
  let problem: SurfaceHealth['problem'] = null
  let logged: string | null = null
  let isClosed = false

  async function run(): Promise<void> {
    for (let next = waiting.shift(); next && !isClosed; next = waiting.shift()) {
      const { slot, symbols } = next
      try {
        const faults = await storeSurfaces(lake, slot, { symbols, options })
        if (faults.length === 0) [problem, logged] = [null, null]
        const without = new Set(faults.map(({ symbol }) => symbol))
        onStored(
          slot.at,
          symbols.filter((symbol) => !without.has(symbol)),
        )
        for (const { symbol, error } of faults) failed(slot.at, `${symbol}: ${messageOf(error)}`, error)
      } catch (error) {
        failed(slot.at, messageOf(error), error)
      }
    }
  }

  /** Logs a message once while it repeats. */
  function failed(slot: EpochMs, message: string, error: unknown): void {
    failures++
    problem = { message, since: problem?.since ?? slot }
    if (message !== logged) log.warn({ err: error, slot }, 'a surface could not be stored')
    logged = message
  }

  return {
    add: (slot, symbols) => {
      if (!options.surface || isClosed || symbols.length === 0) return
      waiting.push({ slot, symbols })
      if (waiting.length > MAX_WAITING) {
        waiting = waiting.slice(-MAX_WAITING)
        const error = new Error('surfaces take longer than the slots; the oldest is left out')
        failed(clock.now(), error.message, error)
      }
      running ??= run().finally(() => {
        running = null
      })
    },
    health: () => (options.surface ? { failures, problem } : null),
    idle: async () => {
      while (running !== null) await running
    },
    close: async () => {
      isClosed = true
      waiting = []
      await running
    },
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
