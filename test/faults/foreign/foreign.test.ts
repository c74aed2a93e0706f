import { expect, onTestFinished, test } from 'vitest'
import { randomOf } from '../campaign.ts'
import { temporaryFolder } from '../small-campaign.ts'
import { planSteps } from './operations.ts'
import { openPlainEngine } from './plain-engine.ts'
import { runSteps } from './run.ts'

test('operations of ours and of another program in random order lose no row and invent none', async () => {
  const engine = await openPlainEngine()
  onTestFinished(() => engine.close())
  const steps = planSteps(randomOf(11), 45, engine)
  const { failure, counts } = await runSteps({
    engine,
    steps,
    folder: temporaryFolder(),
    operations: 24,
    compareEvery: 24,
    logRetentionDays: 30,
    totals: false,
  })
  expect(failure).toBeNull()
  expect(counts.size).toBeGreaterThan(9)
})
