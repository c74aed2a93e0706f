import type { ApiError } from '../errors.ts'
import { type ActiveFaults, FARMS, type FarmKind } from './faults.ts'

/** The farm name that distinguishes this gateway from Interactive Brokers'. */
export const SIMULATED_FARM = 'optionlake-simulator'

/** Farms that the simulated data could come from: ours, and Interactive Brokers' for US stocks and options. */
const SERVES_US = /^(optionlake-simulator|us.*|secdef.*)$/

/** Whether the data of such a farm have stopped. A broken farm of another market stops nothing. */
export function isFarmDown(faults: ActiveFaults, farm: FarmKind): boolean {
  const broken = faults.get('farm_broken')
  return broken?.farm === farm && SERVES_US.test(broken.name ?? SIMULATED_FARM)
}

/** The notice of a farm that breaks or recovers. */
export function farmNotice(farm: FarmKind, state: 'broken' | 'ok', name = SIMULATED_FARM): ApiError {
  const { title, [state]: code } = FARMS[farm]
  return { code, text: `${title} farm connection is ${state === 'ok' ? 'OK' : 'broken'}:${name}` }
}

/** What a client that connects is told: the simulated farms, and a farm of another name that is broken. */
export function farmNoticesAtConnect(faults: ActiveFaults): ApiError[] {
  const broken = faults.get('farm_broken')
  const name = broken?.name ?? SIMULATED_FARM
  const own = (Object.keys(FARMS) as FarmKind[]).map((farm) =>
    farmNotice(farm, farm === broken?.farm && name === SIMULATED_FARM ? 'broken' : 'ok'),
  )
  return broken && name !== SIMULATED_FARM ? [...own, farmNotice(broken.farm, 'broken', name)] : own
}
