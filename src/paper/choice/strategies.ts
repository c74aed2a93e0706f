import type { StrategyName } from '../options.ts'
import type { ChooseContracts } from './choice.ts'
import { chooseIronCondor } from './iron-condor.ts'
import { chooseLongStraddle } from './long-straddle.ts'

export const CHOOSE_CONTRACTS: Readonly<Record<StrategyName, ChooseContracts>> = {
  iron_condor: chooseIronCondor,
  long_straddle: chooseLongStraddle,
}
