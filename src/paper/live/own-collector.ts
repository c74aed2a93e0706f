import type { Config } from '../../config/config.ts'
import { startCollector } from '../../daemon/daemon.ts'
import type { Log } from '../../process/log.ts'
import { QUOTE_COLUMNS } from '../structure.ts'
import type { MarketSource } from './market-source.ts'

/** Starts a collector in this process, with its schedule, its lake and its HTTP server. */
export async function openOwnCollector(
  config: Config,
  options: { readonly log: Log; readonly version: string },
): Promise<MarketSource> {
  const collector = await startCollector(config, options)
  const { host, port, embedded, source, clock } = collector.gateway
  return {
    description: `own collector: ${collector.description}`,
    gateway: { host, port },
    ...{ embedded, endsWithProcess: embedded, source, clock },
    figures: (symbol) => collector.latestMarketData(symbol),
    chain: (symbol) => collector.latestChain(symbol, { columns: QUOTE_COLUMNS }),
    close: () => collector.stop(),
  }
}
