import { readScenarioData } from './observed-run.ts'

/** The first step of the institutional seller in the built-in flash crash. */
export function sellerStart(): number {
  const populations = readScenarioData('flash_crash').populations as readonly Record<string, unknown>[]
  const seller = populations.find(({ type }) => type === 'institutional')
  if (typeof seller?.startStep !== 'number') throw new RangeError('flash_crash has no institutional seller')
  return seller.startStep
}
