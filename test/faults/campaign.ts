import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SingleBar } from 'cli-progress'
import type { Goal } from '../../scripts/bench/report.ts'
import { EXIT, Failure } from '../../src/process/failure.ts'
import { scramble } from '../../src/simulator/random.ts'

/** How one torture is run. */
export interface CampaignOptions {
  /** Folder of the compiled tortures: the programs that are tortured run as processes of their own. */
  readonly programs: string
  /** Smaller: seconds instead of minutes. */
  readonly quick: boolean
  /** How often; each torture has its own number where null. */
  readonly rounds: number | null
  /** How long, for those that run for a time; their own where left out. */
  readonly minutes?: number
  /** Makes random moments the same again. */
  readonly seed: number
}

export interface Campaign {
  readonly name: string
  /** What it does, in a line. */
  readonly summary: string
  /** How long the whole takes on two cores, in words. */
  readonly takes: string
  /** @throws Failure when this machine cannot measure it. */
  run(options: CampaignOptions): Promise<readonly Goal[]>
}

/** How often, by the options: the whole number, or the quick one. */
export function roundsOf({ rounds, quick }: CampaignOptions, whole: number, few: number): number {
  return rounds ?? (quick ? few : whole)
}

export function cannotMeasure(what: string): Failure {
  return new Failure(EXIT.unreachable, `could not measure: ${what}`)
}

/** Numbers in [0, 1) that are the same for the same seed: a Weyl sequence, each term scrambled. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    return scramble(state) / 2 ** 32
  }
}

/** Lends a folder of its own to `work`, and takes it away again. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'optionlake-torture-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Calls `work` for 0 … rounds − 1, one after the other, with a bar on a terminal. */
export async function eachRound(
  title: string,
  rounds: number,
  work: (round: number) => Promise<void>,
): Promise<void> {
  const bar = process.stderr.isTTY
    ? new SingleBar({ format: `${title} {bar} {value}/{total} · {eta_formatted} left`, hideCursor: true })
    : null
  bar?.start(rounds, 0)
  try {
    for (let round = 0; round < rounds; round++) {
      await work(round)
      bar?.update(round + 1)
    }
  } finally {
    bar?.stop()
  }
}
