import { checkNow, checkRecovered, injectEverywhere, STEPS, type Workspace } from '../support/fault-points.ts'
import { faultCount } from '../support/lake-check.ts'
import { withFolder } from '../support/temporary-folder.ts'
import { requireTracer } from '../support/tracer.ts'
import { type Campaign, eachRound } from './campaign.ts'

/** What is wrong for a reader now and after the next writer's start; null for nothing. */
async function faultsAfter(workspace: Workspace, acknowledged: number): Promise<string | null> {
  try {
    const now = await checkNow(workspace, acknowledged)
    if (faultCount(now) > 0) return now.details.join('; ')
    const later = await checkRecovered(workspace, acknowledged)
    return faultCount(later) + later.orphans > 0 ? later.details.join('; ') : null
  } catch (error) {
    return (error as Error).message
  }
}

export const killEverywhere: Campaign = {
  name: 'kill-everywhere',
  summary:
    'kill -9 at every file call of six steps: making a lake, slots, an upsert, a checkpoint, a compaction',
  takes: '4 minutes',
  run: async ({ programs, quick }) => {
    requireTracer()
    const steps = quick ? STEPS.slice(2, 3) : STEPS
    const bad: string[] = []
    let points = 0
    await withFolder((folder) =>
      eachRound('steps', steps.length, async (round) => {
        const step = steps[round] as (typeof STEPS)[number]
        const workspace = { programs, folder }
        const found = await injectEverywhere(
          workspace,
          { step, effect: 'signal=KILL' },
          async (injection) => {
            await injection.writer.ended
            const why = await faultsAfter(workspace, injection.acknowledged)
            if (why !== null)
              bad.push(`${step.name}, killed at ${injection.fault.call} ${injection.fault.nth}: ${why}`)
          },
        )
        console.log(`${step.name}: killed at ${found} calls`)
        points += found
      }),
    )
    for (const line of bad) console.log(line)
    return [
      { name: 'points', value: points, unit: 'calls', atLeast: 1 },
      { name: 'points that recover', value: (1 - bad.length / points) * 100, unit: '%', atLeast: 100 },
    ]
  },
}
