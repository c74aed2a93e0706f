import { EXIT } from '../../src/process/failure.ts'
import {
  type Bench,
  type Hit,
  hitEverywhere,
  judgeNow,
  judgeRecovered,
  STEPS,
} from '../support/fault-points.ts'
import type { Verdict } from '../support/lake-check.ts'
import { requireTracer } from '../support/tracer.ts'
import type { WriterEvent } from '../support/writer-process.ts'
import { type Campaign, eachRound, withFolder } from './campaign.ts'

const EFFECTS = ['error=EIO', 'error=ENOSPC'] as const

interface Tally {
  points: number
  /** Acknowledged though what it wrote is not there. */
  falseAcknowledgements: number
  /** Rows or files that are there in part. */
  visible: number
  /** The process ended, said something else than a failure of the disk, or could not go on. */
  unwell: number
  readonly details: string[]
}

/** What a writer that met an error did, what can be seen of it, and whether it can go on once the disk is well. */
async function lookAt(bench: Bench, hit: Hit, tally: Tally): Promise<void> {
  const place = `${hit.fault.effect} at ${hit.fault.call} ${hit.fault.nth} of "${hit.word}"`
  const note = (detail: string) => tally.details.push(`${place}: ${detail}`)
  const at = hit.answer?.event
  if (!isSound(hit.answer)) {
    tally.unwell++
    note(hit.answer === null ? (await hit.writer.ended).stderr : JSON.stringify(hit.answer))
  }
  const now = await judgeNow(bench, hit.acknowledged)
  count(
    now,
    now.details.filter((detail) => !/is unfinished$/.test(detail)),
  )
  const next = at === 'failed' ? await hit.writer.order(hit.word) : hit.answer
  if (next?.event === 'failed') {
    tally.unwell++
    note(`and then, the disk well again: ${next.message}`)
  }
  await hit.writer.kill()
  const acknowledged = Math.max(hit.acknowledged, hit.writer.acknowledged())
  const later = await judgeRecovered(bench, acknowledged)
  count(later, later.details)

  function count(verdict: Verdict, seen: readonly string[]): void {
    tally.falseAcknowledgements += verdict.lost
    tally.visible += seen.length - verdict.lost
    for (const detail of seen) note(detail)
  }
}

/** Done, or a failure that speaks of the disk. */
function isSound(answer: WriterEvent | null): boolean {
  if (answer?.event !== 'failed') return answer !== null
  return answer.exitCode === EXIT.io || answer.exitCode === EXIT.cannotCreate
}

export const ioErrors: Campaign = {
  name: 'io-errors',
  summary:
    'EIO and ENOSPC at every call on files of the same steps: nothing false acknowledged or half visible',
  takes: '10 minutes',
  run: async ({ programs, quick }) => {
    requireTracer()
    const tally: Tally = { points: 0, falseAcknowledgements: 0, visible: 0, unwell: 0, details: [] }
    const steps = quick ? STEPS.slice(2, 3) : STEPS
    const cases = steps.flatMap((step) => EFFECTS.map((effect) => ({ step, effect })))
    await withFolder((folder) =>
      eachRound('steps', cases.length, async (round) => {
        const one = cases[round] as (typeof cases)[number]
        const found = await hitEverywhere({ programs, folder }, one, (hit) =>
          lookAt({ programs, folder }, hit, tally),
        )
        console.log(`${one.step.name}: ${one.effect} at ${found} calls`)
        tally.points += found
      }),
    )
    for (const detail of tally.details) console.log(detail)
    return [
      { name: 'points', value: tally.points, unit: 'calls', atLeast: 1 },
      { name: 'false acknowledgements', value: tally.falseAcknowledgements, unit: 'slots', atMost: 0 },
      { name: 'visible partial files or slots', value: tally.visible, unit: 'faults', atMost: 0 },
      { name: 'processes that died, or could not go on', value: tally.unwell, unit: 'processes', atMost: 0 },
    ]
  },
}
