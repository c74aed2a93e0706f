import { expect, test } from 'vitest'
import { fetchVerdict, type Gap, type GapReason, type Harvest } from '../../src/harvest/harvest.ts'

const harvestOf = (answered: number, ...reasons: GapReason[]): Harvest =>
  ({
    answered: Array.from({ length: answered }),
    gaps: reasons.map((reason) => ({ reason }) as Gap),
  }) as unknown as Harvest

test('a fetch with any answer is served; one without has failed, unless no contract could be served', () => {
  expect(fetchVerdict(harvestOf(1, 'unanswered', 'connection_lost'))).toBe('served')
  expect(fetchVerdict(harvestOf(0, 'unanswered', 'no_such_contract'))).toBe('failed')
  expect(fetchVerdict(harvestOf(0, 'unanswered', 'deadline'))).toBe('failed')
  // The slot's time was over before a contract could answer: our own deadline.
  expect(fetchVerdict(harvestOf(0, 'deadline'))).toBe('inconclusive')
  expect(fetchVerdict(harvestOf(0, 'lines_exhausted'))).toBe('inconclusive')
  expect(fetchVerdict(harvestOf(0, 'no_such_contract', 'not_entitled', 'stopped'))).toBe('inconclusive')
  expect(fetchVerdict(harvestOf(0))).toBe('inconclusive')
})
