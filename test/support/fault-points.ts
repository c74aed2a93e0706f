import { cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ageFiles } from './aged-files.ts'
import { checkLake, type LakeCheck } from './lake-check.ts'
import { CALLS, type Fault, inject, pathsBelow, wasInjected, watchCalls } from './tracer.ts'
import { expectEvent, startWriter, type Writer, type WriterEvent } from './writer-process.ts'

/** A step of a writer's work. Each of its file calls is a fault point. */
export interface Step {
  readonly name: string
  /** Commands sent to the writer before the step. */
  readonly before: readonly string[]
  /** The command that starts the step. */
  readonly command: string
  /** Commands to the earlier writer that made the lake. */
  readonly made: readonly string[]
}

const ANSWERS: Readonly<Record<string, WriterEvent['event']>> = {
  open: 'open',
  store: 'stored',
  compact: 'compacted',
}
const stores = (count: number) => ['open', ...Array.from({ length: count }, () => 'store')]

export const STEPS: readonly Step[] = [
  { name: 'make the lake', made: [], before: [], command: 'open' },
  { name: 'first slot', made: [], before: ['open'], command: 'store' },
  { name: 'a slot', made: stores(2), before: ['open'], command: 'store' },
  { name: 'a slot again', made: stores(4), before: ['open'], command: 'store' },
  { name: 'a slot and a checkpoint', made: stores(6), before: ['open'], command: 'store' },
  { name: 'a compaction', made: stores(3), before: ['open'], command: 'compact' },
]

/** A fault that was injected into a writer. */
export interface Injection {
  readonly fault: Fault
  readonly writer: Writer
  /** The command sent to it, and its answer; null when it was killed. */
  readonly command: string
  readonly answer: WriterEvent | null
  /** The highest operation acknowledged by any writer of this lake. */
  readonly acknowledged: number
}

export interface Workspace {
  readonly programs: string
  /** Folder of the lakes. Each has the same path, so that a path names the same file every time. */
  readonly folder: string
}

const lakeOf = ({ folder }: Workspace) => join(folder, 'lake')

/**
 * Injects a fault at each file call of a step in turn, each time into a fresh copy of the lake, and calls `inspect` with
 * the lake as the fault left it. Returns the number of fault points.
 */
export async function injectEverywhere(
  workspace: Workspace,
  { step, effect }: { step: Step; effect: Fault['effect'] },
  inspect: (injection: Injection) => Promise<void>,
): Promise<number> {
  const acknowledged = await makeLake(workspace, step)
  const paths = await pathsOf(workspace, step)
  let points = 0
  for (const call of CALLS) {
    for (let nth = 1; ; nth++) {
      const fault = { call, nth, effect }
      const injection = await injectOnce(workspace, step, { fault, paths })
      if (!injection) break
      const most = Math.max(acknowledged, injection.writer.acknowledged())
      await inspect({ ...injection, acknowledged: most }).finally(() => injection.writer.kill())
      points++
    }
  }
  return points
}

/** Checks the lake as a reader sees it now. */
export function checkNow(workspace: Workspace, acknowledged: number): Promise<LakeCheck> {
  return checkLake(lakeOf(workspace), acknowledged)
}

/** Checks the lake after the next writer has opened it, a day later or more, and stored one more operation. */
export async function checkRecovered(workspace: Workspace, acknowledged: number): Promise<LakeCheck> {
  await ageFiles(lakeOf(workspace))
  const writer = await startStepped(workspace, 'after')
  try {
    await expectEvent(writer, 'open', writer.order('open'))
    await expectEvent(writer, 'stored', writer.order('store'))
  } finally {
    await writer.kill()
  }
  return checkLake(lakeOf(workspace), Math.max(acknowledged, writer.acknowledged()))
}

/** Makes the lake of a step and keeps a copy of it. Returns its highest operation. */
async function makeLake(workspace: Workspace, { made }: Step): Promise<number> {
  await rm(join(workspace.folder, 'made'), { recursive: true, force: true })
  await rm(lakeOf(workspace), { recursive: true, force: true })
  await mkdir(lakeOf(workspace), { recursive: true })
  const writer = await startStepped(workspace, 'made')
  for (const command of made) await orderDone(writer, command)
  await writer.kill()
  await cp(lakeOf(workspace), join(workspace.folder, 'made'), { recursive: true })
  return writer.acknowledged()
}

async function startFresh(workspace: Workspace, step: Step): Promise<Writer> {
  await rm(lakeOf(workspace), { recursive: true, force: true })
  await cp(join(workspace.folder, 'made'), lakeOf(workspace), { recursive: true })
  const writer = await startStepped(workspace, 'injected')
  for (const command of step.before) await orderDone(writer, command)
  return writer
}

async function startStepped(workspace: Workspace, names: string): Promise<Writer> {
  const writer = startWriter({
    programs: workspace.programs,
    folder: lakeOf(workspace),
    stepped: true,
    names,
  })
  await expectEvent(writer, 'ready')
  return writer
}

async function orderDone(writer: Writer, command: string): Promise<void> {
  await expectEvent(writer, ANSWERS[command] as WriterEvent['event'], writer.order(command))
}

/** All paths that a step touches without a fault. */
async function pathsOf(workspace: Workspace, step: Step): Promise<string[]> {
  const writer = await startFresh(workspace, step)
  const tracer = await watchCalls(writer.child.pid as number)
  await orderDone(writer, step.command)
  const trace = await tracer.detach()
  await writer.kill()
  return pathsBelow(lakeOf(workspace), trace)
}

/** Injects one fault; null when the step has no such call. */
async function injectOnce(
  workspace: Workspace,
  step: Step,
  { fault, paths }: { fault: Fault; paths: readonly string[] },
): Promise<Omit<Injection, 'acknowledged'> | null> {
  const writer = await startFresh(workspace, step)
  const tracer = await inject(writer.child.pid as number, fault, paths)
  const answer = await writer.order(step.command)
  const trace = await tracer.detach()
  if (wasInjected(trace)) return { fault, writer, command: step.command, answer }
  await writer.kill()
  if (answer?.event === 'failed' || answer === null) {
    throw new Error(`"${step.name}" failed without a fault: ${JSON.stringify(answer)}`)
  }
  return null
}
