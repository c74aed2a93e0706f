import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Config } from '../../../config/config.ts'
import { type Clock, clockFrom, systemClock } from '../../../market/clock.ts'
import { namesOf } from '../../../market/instrument.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import type { Market } from '../../../simulator/market/market.ts'
import { recordedMarket } from '../../../simulator/market/recorded/recorded.ts'
import { dailyMarket } from '../../../simulator/market/synthetic/daily.ts'
import { marketEvents } from '../../../simulator/options.ts'
import type { CommandContext } from '../../context.ts'
import { parseTime, parseWholeNumber } from '../../option-values.ts'
import type { MarketChoice, SimulatedMarket } from './market-choice.ts'
import { openReplayedLake } from './replayed-lake.ts'
import { openScenarioMarket } from './scenario-choice.ts'

/** Opens the market that the options name; the context's lifetime closes it. @throws Failure for options that do not fit. */
export async function openSimulatedMarket(
  { config, lifetime }: CommandContext,
  choice: MarketChoice,
): Promise<SimulatedMarket> {
  refuseContradictions(choice)
  const seed =
    choice.seed === undefined
      ? config.simulator.seed
      : parseWholeNumber('--seed', choice.seed, { min: 0, max: 2_147_483_647 })
  if (choice.replay !== undefined) return openReplayedLake(choice.replay, { choice, seed, lifetime })
  if (choice.scenario !== undefined) return openScenarioMarket(choice.scenario, choice)
  const clock = choice.now === undefined ? systemClock : clockFrom(parseTime('--now', choice.now))
  if (choice.chain !== undefined) return recordedChain(choice.chain, { clock, seed, config })
  return {
    market: dailyMarket(seed, clock, marketEvents(config.simulator)),
    clock,
    seed,
    what: `synthetic market, seed ${seed}`,
    symbols: null,
  }
}

/** Options that not every market has, and the options that choose those that have them. */
const BELONGS_TO: ReadonlyArray<readonly [keyof MarketChoice, ...(keyof MarketChoice)[]]> = [
  ['from', 'replay'],
  ['speed', 'replay', 'scenario'],
]
const MARKETS = ['chain', 'replay', 'scenario'] as const

function refuseContradictions(choice: MarketChoice): void {
  const named = MARKETS.filter((market) => choice[market] !== undefined)
  if (named.length > 1) {
    const options = named.map((market) => `--${market}`).join(' and ')
    throw new Failure(EXIT.usage, `${options} name two markets: give one of them`)
  }
  if (choice.replay !== undefined && choice.now !== undefined) {
    throw new Failure(EXIT.usage, '--now does not go with --replay: give the start of a replay with --from')
  }
  for (const [option, ...markets] of BELONGS_TO) {
    if (choice[option] === undefined || markets.some((market) => choice[market] !== undefined)) continue
    const names = markets.map((market) => `--${market}`).join(' or ')
    throw new Failure(EXIT.usage, `--${option} goes with ${names}: give that too`)
  }
}

function recordedChain(
  file: string,
  { clock, seed, config }: { clock: Clock; seed: number; config: Pick<Config, 'symbols'> },
): SimulatedMarket {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new Failure(EXIT.usage, `--chain ${file} cannot be read: ${(error as Error).message}`)
  }
  const market = recordedMarket(text, { name: file, now: clock.now() })
  const what = `recorded chain ${basename(file)}`
  return { market, clock, seed, what, symbols: symbolsOf(market, namesOf(config.symbols)) }
}

/** The configured symbols that the market has; all of them if it has none. */
function symbolsOf(market: Market, symbols: readonly string[]): readonly string[] {
  const known = symbols.filter((symbol) => market.find({ symbol, secType: 'STK' }).length > 0)
  return known.length > 0 ? known : symbols
}
