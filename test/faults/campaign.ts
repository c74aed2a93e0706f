import { SingleBar } from 'cli-progress'
import type { Goal } from '../../scripts/bench/report.ts'
import { scramble } from '../../src/market/random.ts'

/** How a campaign is run. */
export interface CampaignOptions {
  /** Folder of the compiled programs that a campaign starts as processes: build/test/support. */
  readonly programs: string
  /** A small version: seconds instead of minutes. */
  readonly quick: boolean
  /** Number of rounds; null: the campaign's own. */
  readonly rounds: number | null
  /** Duration of a campaign that runs for a time; by default its own. */
  readonly minutes?: number
  /** Number of operations, of a campaign that counts them; by default its own. */
  readonly operations?: number
  /** A file with operations to run again, of a campaign that prints them. */
  readonly replay?: string
  /** The only part to run, of a campaign whose parts have names. */
  readonly only?: string
  /** Seed of random moments. */
  readonly seed: number
}

export interface Campaign {
  readonly name: string
  /** What it does, in one line. */
  readonly summary: string
  /** Duration of the full campaign on two cores, in words. */
  readonly takes: string
  /** @throws Failure when this machine lacks something that the campaign needs. */
  run(options: CampaignOptions): Promise<readonly Goal[]>
}

/** The number of rounds: as given, else that of the quick or the full version. */
export function roundsOf({ rounds, quick }: CampaignOptions, full: number, small: number): number {
  return rounds ?? (quick ? small : full)
}

/** Numbers in [0, 1), the same for the same seed: a Weyl sequence, each term scrambled. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    return scramble(state) / 2 ** 32
  }
}

/** Calls `work` for rounds 0 … rounds − 1 in turn, with a progress bar on a terminal. */
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
