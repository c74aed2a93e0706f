import { type ChainSnapshot, collectChain } from '../capture/collect-chain.ts'
import type { Config } from '../config/config.ts'
import type { HarvestProgress } from '../harvest/collect.ts'
import { storedSymbol } from '../market/symbol.ts'
import { openLifetime } from '../process/lifetime.ts'
import { type Log, openLog } from '../process/log.ts'
import { openSingleSession } from './sessions/gateway-source.ts'

/** One symbol's chain as the gateway has it now. Nothing is stored. */
export interface FetchedChain extends ChainSnapshot {
  /** Human-readable description of the gateway: simulated rows must never be taken for real ones. */
  readonly gateway: string
}

export interface FetchChainOptions {
  readonly signal?: AbortSignal
  readonly log?: Log
  onProgress?(progress: HarvestProgress): void
}

/**
 * Opens the configured gateway, or the embedded simulator where none is configured, collects the whole chain of a
 * symbol within the configured universe and budget, and closes the gateway again. With too little of the current slot
 * left, it waits for the next one.
 * @throws Failure EXIT.tryLater outside the session or without a price for the underlying; EXIT.usage for an unknown
 * symbol; EXIT.unreachable or EXIT.refused where there is no session with the gateway.
 */
export async function fetchChain(
  symbol: string,
  config: Config,
  options: FetchChainOptions = {},
): Promise<FetchedChain> {
  const lifetime = openLifetime()
  const signal = AbortSignal.any([lifetime.signal, ...(options.signal ? [options.signal] : [])])
  const log = options.log ?? openLog('silent')
  try {
    const gateway = await openSingleSession(config, { lifetime, log, signal })
    const { onProgress } = options
    const say = (line: string) => log.warn(line)
    const chain = await collectChain(storedSymbol(symbol), gateway, {
      ...{ config, signal, say },
      ...(onProgress && { onProgress }),
    })
    return { gateway: gateway.description, ...chain }
  } finally {
    await lifetime.close()
  }
}
