import { loadScenario } from '../../../exchange/scenarios/load.ts'
import { lastSessionBefore, sessionContaining } from '../../../market/calendar.ts'
import { clockFrom, systemClock } from '../../../market/clock.ts'
import type { EpochMs } from '../../../market/units.ts'
import { openScenario } from '../../../simulator/market/scenario/open-scenario.ts'
import { SCENARIO_SYMBOL } from '../../../simulator/market/scenario/stock.ts'
import { parseTime, parseWholeNumber } from '../../option-values.ts'
import { type MarketChoice, parseSpeed, type SimulatedMarket } from './market-choice.ts'

/** Opens the market of `--scenario`: a built-in scenario, or a file by its path. Without `--seed` it has its own. */
export function openScenarioMarket(nameOrPath: string, choice: MarketChoice): SimulatedMarket {
  const scenario = loadScenario(nameOrPath)
  const seed =
    choice.seed === undefined
      ? scenario.seed
      : parseWholeNumber('--seed', choice.seed, { min: 0, max: 2_147_483_647 })
  const speed = parseSpeed(choice.speed)
  const startAt = choice.now === undefined ? timeInSession() : parseTime('--now', choice.now)
  const clock = clockFrom(startAt, speed)
  const pace = speed === 1 ? '' : `, ${speed} times as fast`
  return {
    ...openScenario(scenario, { seed, startAt: clock.now() }),
    clock,
    seed,
    what: `scenario ${scenario.id}, seed ${seed}, stock ${SCENARIO_SYMBOL}${pace}`,
    symbols: [SCENARIO_SYMBOL],
  }
}

/** The system's time in a session; otherwise the open of the last session, so that a scenario always trades. */
function timeInSession(): EpochMs {
  const now = systemClock.now()
  return sessionContaining(now) === null ? lastSessionBefore(now).openAt : now
}
