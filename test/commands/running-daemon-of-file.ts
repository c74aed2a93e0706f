import { afterAll, beforeAll } from 'vitest'
import type { Collector } from '../../src/daemon/collector.ts'
import { openSimulatedDaemon, type SimulatedDaemon } from '../daemon/simulated-daemon.ts'

/** Runs a daemon, four hours after the close, for the tests of the calling file. Its address is known once they run. */
export function runningDaemonOfFile(): { readonly url: string } {
  let simulated: SimulatedDaemon
  let collector: Collector
  beforeAll(async () => {
    simulated = await openSimulatedDaemon('2026-11-20', '20:00')
    collector = await simulated.start()
  }, 60_000)
  afterAll(() => simulated.close())
  return {
    get url() {
      return collector.url
    },
  }
}
