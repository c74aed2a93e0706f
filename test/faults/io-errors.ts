import { EXIT } from '../../src/process/failure.ts'
import {
  checkNow,
  checkRecovered,
  type Injection,
  injectEverywhere,
  STEPS,
  type Workspace,
} from '../support/fault-points.ts'
import type { LakeCheck } from '../support/lake-check.ts'
import { withFolder } from '../support/temporary-folder.ts'
import { requireTracer } from '../support/tracer.ts'
import type { WriterEvent } from '../support/writer-process.ts'
import { type Campaign, eachRound } from './campaign.ts'

const EFFECTS = ['error=EIO', 'error=ENOSPC'] as const

interface Tally {
  points: number
  /** Acknowledged slots that are not in the lake. */
  falseAcknowledgements: number
  /** Partial slots or files that readers see. */
  visible: number
  /** Writers that ended, reported anything but a disk failure, or could not continue. */
  unwell: number
  readonly details: string[]
}

/** Checks what a writer did about an error, what readers see, and whether it continues once the disk works again. */
async function inspect(workspace: Workspace, injection: Injection, tally: Tally): Promise<void> {
  const place = `${injection.fault.effect} at ${injection.fault.call} ${injection.fault.nth} of "${injection.command}"`
  const note = (detail: string) => tally.details.push(`${place}: ${detail}`)
  const at = injection.answer?.event
  if (!isSound(injection.answer)) {
    tally.unwell++
    note(injection.answer === null ? (await injection.writer.ended).stderr : JSON.stringify(injection.answer))
  }
  const now = await checkNow(workspace, injection.acknowledged)
  count(
    now,
    now.details.filter((detail) => !/is unfinished$/.test(detail)),
  )
  const next = at === 'failed' ? await injection.writer.order(injection.command) : injection.answer
  if (next?.event === 'failed') {
    tally.unwell++
    note(`once the disk worked again: ${next.message}`)
  }
  await injection.writer.kill()
  const acknowledged = Math.max(injection.acknowledged, injection.writer.acknowledged())
  const later = await checkRecovered(workspace, acknowledged)
  count(later, later.details)

  function count(check: LakeCheck, seen: readonly string[]): void {
    tally.falseAcknowledgements += check.lost
    tally.visible += seen.length - check.lost
    for (const detail of seen) note(detail)
  }
}

/** Done, or a failure of the disk. */
function isSound(answer: WriterEvent | null): boolean {
  if (answer?.event !== 'failed') return answer !== null
  return answer.exitCode === EXIT.io || answer.exitCode === EXIT.cannotCreate
}

export const ioErrors: Campaign = {
  name: 'io-errors',
  summary:
    'EIO and ENOSPC at every file call of the same steps: no lost slot acknowledged, nothing partial visible',
  takes: '10 minutes',
  run: async ({ programs, quick }) => {
    requireTracer()
    const tally: Tally = { points: 0, falseAcknowledgements: 0, visible: 0, unwell: 0, details: [] }
    const steps = quick ? STEPS.slice(2, 3) : STEPS
    const cases = steps.flatMap((step) => EFFECTS.map((effect) => ({ step, effect })))
    await withFolder((folder) =>
      eachRound('steps', cases.length, async (round) => {
        const one = cases[round] as (typeof cases)[number]
        const found = await injectEverywhere({ programs, folder }, one, (injection) =>
          inspect({ programs, folder }, injection, tally),
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
      {
        name: 'processes that ended or could not continue',
        value: tally.unwell,
        unit: 'processes',
        atMost: 0,
      },
    ]
  },
}
