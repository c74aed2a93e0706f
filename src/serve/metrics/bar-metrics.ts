import { Counter, Gauge, type Registry } from 'prom-client'

/** The five-minute bars of underlyings, indices and futures. */
export interface BarMetrics {
  bars(of: BarCounts): void
}

/** All but the streams count from the start of the process. */
interface BarCounts {
  readonly streams: number
  readonly rowsStored: number
  readonly barsLost: number
  readonly ticksDropped: number
}

/** Set on every scrape, from the counts that the streams keep themselves. */
export function createBarMetrics(registers: Registry[]): BarMetrics {
  const streams = new Gauge({
    name: 'optionlake_bar_streams',
    help: 'Open streams of underlyings, indices and futures.',
    registers,
  })
  const counter = (name: string, help: string) => {
    const total = new Counter({ name, help, registers })
    let counted = 0
    return (now: number) => {
      total.inc(Math.max(0, now - counted))
      counted = now
    }
  }
  const stored = counter('optionlake_bars_stored_total', 'Bars written to underlying_bars.')
  const lost = counter('optionlake_bars_lost_total', 'Bars that could not be written for two days.')
  const dropped = counter('optionlake_bar_ticks_dropped_total', 'Ticks that came too late for any bar.')
  return {
    bars: (of) => {
      streams.set(of.streams)
      stored(of.rowsStored)
      lost(of.barsLost)
      dropped(of.ticksDropped)
    },
  }
}
