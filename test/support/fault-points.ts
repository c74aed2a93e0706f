import { cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { judge, type Verdict } from './lake-check.ts'
import { CALLS, type Fault, hasStruck, inject, pathsBelow, watchCalls } from './tracer.ts'
import { expectEvent, startWriter, type Writer, type WriterEvent } from './writer-process.ts'

/** A step of a writer's work whose every call on files is a point where it can be hit. */
export interface Step {
  readonly name: string
  /** What is said to the writer before it is hit. */
  readonly before: readonly string[]
  /** What is said to it then. */
  readonly word: string
  /** Words of an earlier writer that made the lake it finds. */
  readonly made: readonly string[]
}

const ANSWERS: Readonly<Record<string, WriterEvent['event']>> = {
  open: 'open',
  store: 'stored',
  compact: 'compacted',
}
const stores = (count: number) => ['open', ...Array.from({ length: count }, () => 'store')]

export const STEPS: readonly Step[] = [
  { name: 'make the lake', made: [], before: [], word: 'open' },
  { name: 'first slot', made: [], before: ['open'], word: 'store' },
  { name: 'a slot', made: stores(2), before: ['open'], word: 'store' },
  { name: 'a slot again', made: stores(4), before: ['open'], word: 'store' },
  { name: 'a slot and a checkpoint', made: stores(6), before: ['open'], word: 'store' },
  { name: 'a compaction', made: stores(3), before: ['open'], word: 'compact' },
]

/** A writer that was hit. */
export interface Hit {
  readonly fault: Fault
  readonly writer: Writer
  /** What was said to it, and what it answered; null when it was killed. */
  readonly word: string
  readonly answer: WriterEvent | null
  /** The highest operation that any writer of this lake acknowledged. */
  readonly acknowledged: number
}

export interface Bench {
  readonly programs: string
  /** Where lakes are made; they always have the same path, so that a path names the same file each time. */
  readonly folder: string
}

const lakeOf = ({ folder }: Bench) => join(folder, 'lake')

/**
 * Hits a step at every one of its calls, one after the other, each time on a fresh copy of the lake, and shows every
 * hit to `look`, which finds the lake as the hit has left it. Returns how many points there were.
 */
export async function hitEverywhere(
  bench: Bench,
  { step, effect }: { step: Step; effect: Fault['effect'] },
  look: (hit: Hit) => Promise<void>,
): Promise<number> {
  const acknowledged = await makeLake(bench, step)
  const paths = await pathsOf(bench, step)
  let points = 0
  for (const call of CALLS) {
    for (let nth = 1; ; nth++) {
      const fault = { call, nth, effect }
      const hit = await hitOnce(bench, step, { fault, paths })
      if (!hit) break
      const most = Math.max(acknowledged, hit.writer.acknowledged())
      await look({ ...hit, acknowledged: most }).finally(() => hit.writer.kill())
      points++
    }
  }
  return points
}

/** The lake as a reader finds it this very moment. */
export function judgeNow(bench: Bench, acknowledged: number): Promise<Verdict> {
  return judge(lakeOf(bench), acknowledged)
}

/** The lake after the next writer has opened it and stored one more operation. */
export async function judgeRecovered(bench: Bench, acknowledged: number): Promise<Verdict> {
  const writer = await startStepped(bench, 'after')
  try {
    await expectEvent(writer, 'open', writer.order('open'))
    await expectEvent(writer, 'stored', writer.order('store'))
  } finally {
    await writer.kill()
  }
  return judge(lakeOf(bench), Math.max(acknowledged, writer.acknowledged()))
}

/** Makes the lake of a step and keeps a copy of it. Returns the highest operation in it. */
async function makeLake(bench: Bench, { made }: Step): Promise<number> {
  await rm(join(bench.folder, 'made'), { recursive: true, force: true })
  await rm(lakeOf(bench), { recursive: true, force: true })
  await mkdir(lakeOf(bench), { recursive: true })
  const writer = await startStepped(bench, 'made')
  for (const word of made) await orderDone(writer, word)
  await writer.kill()
  await cp(lakeOf(bench), join(bench.folder, 'made'), { recursive: true })
  return writer.acknowledged()
}

async function startFresh(bench: Bench, step: Step): Promise<Writer> {
  await rm(lakeOf(bench), { recursive: true, force: true })
  await cp(join(bench.folder, 'made'), lakeOf(bench), { recursive: true })
  const writer = await startStepped(bench, 'hit')
  for (const word of step.before) await orderDone(writer, word)
  return writer
}

async function startStepped(bench: Bench, names: string): Promise<Writer> {
  const writer = startWriter({ programs: bench.programs, folder: lakeOf(bench), stepped: true, names })
  await expectEvent(writer, 'ready')
  return writer
}

async function orderDone(writer: Writer, word: string): Promise<void> {
  await expectEvent(writer, ANSWERS[word] as WriterEvent['event'], writer.order(word))
}

/** All files and folders that a step touches when nothing hits it. */
async function pathsOf(bench: Bench, step: Step): Promise<string[]> {
  const writer = await startFresh(bench, step)
  const tracer = await watchCalls(writer.child.pid as number)
  await orderDone(writer, step.word)
  const trace = await tracer.detach()
  await writer.kill()
  return pathsBelow(lakeOf(bench), trace)
}

/** One hit; null where the step has no such point. */
async function hitOnce(
  bench: Bench,
  step: Step,
  { fault, paths }: { fault: Fault; paths: readonly string[] },
): Promise<Omit<Hit, 'acknowledged'> | null> {
  const writer = await startFresh(bench, step)
  const tracer = await inject(writer.child.pid as number, fault, paths)
  const answer = await writer.order(step.word)
  const trace = await tracer.detach()
  if (hasStruck(trace)) return { fault, writer, word: step.word, answer }
  await writer.kill()
  if (answer?.event === 'failed' || answer === null) {
    throw new Error(`"${step.name}" failed though nothing hit it: ${JSON.stringify(answer)}`)
  }
  return null
}
