import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { type Clock, clockFrom, systemClock } from '../../../market/clock.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import type { Market } from '../../../simulator/market/market.ts'
import { recordedMarket } from '../../../simulator/market/recorded/recorded.ts'
import { dailyMarket } from '../../../simulator/market/synthetic/daily.ts'
import type { CommandContext } from '../../context.ts'
import { parseTime, parseWholeNumber } from '../../option-values.ts'

/** The options that choose a market. */
export interface MarketChoice {
  readonly seed?: string
  readonly chain?: string
  readonly now?: string
}

/** A market to serve, and the time that it is served at. */
export interface SimulatedMarket {
  readonly market: Market
  readonly clock: Clock
  /** Of latencies and of everything else that the gateway draws. */
  readonly seed: number
  /** For the user: `synthetic market, seed 1`. */
  readonly what: string
  /** The symbols to try; null for the configured ones. */
  readonly symbols: readonly string[] | null
}

/** Opens the market that the options name; the context's lifetime closes it. @throws Failure for options that do not fit. */
export async function openSimulatedMarket(
  { config }: CommandContext,
  choice: MarketChoice,
): Promise<SimulatedMarket> {
  const seed =
    choice.seed === undefined
      ? config.simulator.seed
      : parseWholeNumber('--seed', choice.seed, { min: 0, max: 2_147_483_647 })
  const clock = choice.now === undefined ? systemClock : clockFrom(parseTime('--now', choice.now))
  if (choice.chain !== undefined) return recordedChain(choice.chain, { clock, seed, config })
  return {
    market: dailyMarket(seed, clock),
    clock,
    seed,
    what: `synthetic market, seed ${seed}`,
    symbols: null,
  }
}

function recordedChain(
  file: string,
  { clock, seed, config }: { clock: Clock; seed: number; config: { readonly symbols: readonly string[] } },
): SimulatedMarket {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new Failure(EXIT.usage, `--chain ${file} cannot be read: ${(error as Error).message}`)
  }
  const market = recordedMarket(text, { name: file, now: clock.now() })
  const what = `recorded chain ${basename(file)}`
  return { market, clock, seed, what, symbols: symbolsOf(market, config.symbols) }
}

/** The configured symbols that the market has; all of them if it has none. */
function symbolsOf(market: Market, symbols: readonly string[]): readonly string[] {
  const known = symbols.filter((symbol) => market.find({ symbol, secType: 'STK' }).length > 0)
  return known.length > 0 ? known : symbols
}
