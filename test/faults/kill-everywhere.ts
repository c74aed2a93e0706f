import { type Bench, hitEverywhere, judgeNow, judgeRecovered, STEPS } from '../support/fault-points.ts'
import { faultsOf } from '../support/lake-check.ts'
import { requireTracer } from '../support/tracer.ts'
import { type Campaign, eachRound, withFolder } from './campaign.ts'

/** What a reader at once and the next writer find wrong; null when nothing. */
async function faultsAfter(bench: Bench, acknowledged: number): Promise<string | null> {
  try {
    const now = await judgeNow(bench, acknowledged)
    if (faultsOf(now) > 0) return now.details.join('; ')
    const later = await judgeRecovered(bench, acknowledged)
    return faultsOf(later) + later.orphans > 0 ? later.details.join('; ') : null
  } catch (error) {
    return (error as Error).message
  }
}

export const killEverywhere: Campaign = {
  name: 'kill-everywhere',
  summary: 'kill -9 at every call on files of making a lake, of a first slot, of a slot, of a slot again',
  takes: '4 minutes',
  run: async ({ programs, quick }) => {
    requireTracer()
    const steps = quick ? STEPS.slice(2, 3) : STEPS
    const bad: string[] = []
    let points = 0
    await withFolder((folder) =>
      eachRound('steps', steps.length, async (round) => {
        const step = steps[round] as (typeof STEPS)[number]
        const bench = { programs, folder }
        const found = await hitEverywhere(bench, { step, effect: 'signal=KILL' }, async (hit) => {
          await hit.writer.ended
          const why = await faultsAfter(bench, hit.acknowledged)
          if (why !== null) bad.push(`${step.name}, killed at ${hit.fault.call} ${hit.fault.nth}: ${why}`)
        })
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
