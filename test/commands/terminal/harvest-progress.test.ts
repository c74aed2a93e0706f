import { expect, test } from 'vitest'
import { openHarvestProgress } from '../../../src/commands/terminal/harvest-progress.ts'

test('without a terminal, a symbol that is done has one line', () => {
  const lines: string[] = []
  const view = openHarvestProgress(false, (line) => lines.push(line))
  for (const done of [1, 2, 3, 3, 3])
    view.update({ symbol: 'SPY', planned: 3, done, complete: done, answered: done })
  view.close()
  expect(lines).toEqual([expect.stringMatching(/^SPY: 3 of 3, 3 complete, .*\/s, 0:00 left$/)])
})
