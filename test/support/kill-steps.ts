import { randomUUID } from 'node:crypto'
import { Failure } from '../../src/process/failure.ts'
import type { BackupProcess } from './backup-process.ts'
import { CALLS, type Fault, inject, pathsBelow, wasInjected, watchCalls } from './tracer.ts'

/** A step that a process does, to be killed at each of its file calls. */
export interface KilledStep {
  readonly name: string
  /** Prepares the folders and starts a stepped process, which is ready. */
  start(): Promise<BackupProcess>
  /** Calls on paths below this folder count. */
  readonly folder: string
  isIgnored(path: string): boolean
}

/**
 * Kills a step at every so many file calls of each kind.
 * @param afterKill is called after each kill.
 * @returns the number of kills.
 */
export async function killAtEachCall(
  step: KilledStep,
  every: number,
  afterKill: (fault: Fault) => Promise<void>,
): Promise<number> {
  const paths = await pathsOf(step)
  let points = 0
  for (const call of CALLS) {
    for (let nth = 1; ; nth += every) {
      const fault: Fault = { call, nth, effect: 'signal=KILL' }
      if (!(await killOnce(step, fault, paths))) break
      points++
      await afterKill(fault)
    }
  }
  return points
}

/** All paths that a step touches without a fault. */
async function pathsOf(step: KilledStep): Promise<string[]> {
  const process = await step.start()
  const tracer = await watchCalls(process.child.pid as number)
  process.begin()
  const event = await process.ended
  if (event?.event === 'failed') throw new Error(`"${step.name}" failed without a fault: ${event.message}`)
  return pathsBelow(step.folder, await tracer.detach()).filter((path) => !step.isIgnored(path))
}

/** False when the step has no such call. */
async function killOnce(step: KilledStep, fault: Fault, paths: readonly string[]): Promise<boolean> {
  const process = await step.start()
  const tracer = await inject(process.child.pid as number, fault, paths)
  process.begin()
  const event = await process.ended
  const trace = await tracer.detach()
  if (wasInjected(trace)) return true
  if (event?.event !== 'done')
    throw new Error(`"${step.name}" failed without a fault: ${JSON.stringify(event)}`)
  return false
}

/** A step of a campaign that can be run again after it was killed. */
interface RepeatableStep<Workspace, Made, Fault> {
  run(workspace: Workspace, made: Made, unique: () => string): Promise<unknown>
  faultsAfter(workspace: Workspace, made: Made): Promise<readonly Fault[]>
  faultsAtEnd(workspace: Workspace, made: Made): Promise<readonly Fault[]>
}

/** What is wrong after a step was killed, and after it was run again. */
export async function faultsOfKilled<Workspace, Made, Fault>(
  step: RepeatableStep<Workspace, Made, Fault>,
  workspace: Workspace,
  made: Made,
): Promise<(Fault | { readonly kind: 'unfinished'; readonly detail: string })[]> {
  const now = await step.faultsAfter(workspace, made)
  try {
    await step.run(workspace, made, randomUUID)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    // A step that was killed at its last call had ended: the next run refuses to replace a sound lake.
    const hadEnded = (await step.faultsAtEnd(workspace, made)).length === 0
    return hadEnded ? [...now] : [...now, { kind: 'unfinished', detail: error.message }]
  }
  return [...now, ...(await step.faultsAtEnd(workspace, made))]
}
