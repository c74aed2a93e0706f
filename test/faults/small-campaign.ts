import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import { isMet } from '../../scripts/bench/report.ts'
import type { Campaign, CampaignOptions } from './campaign.ts'

/** The compiled programs of the tortures; `npm test` builds them first. */
export const PROGRAMS = resolve(import.meta.dirname, '../../build/test/support')

/** Runs a torture and returns the names of the goals that it missed, with their values. */
export async function missed(torture: Campaign, change: Partial<CampaignOptions>): Promise<string[]> {
  const options = { programs: PROGRAMS, quick: true, rounds: null, seed: 1, ...change }
  const goals = await torture.run(options)
  return goals.filter((goal) => isMet(goal) !== true).map(({ name, value }) => `${name}: ${value}`)
}

/** A folder of its own for one test, gone afterwards. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'optionlake-torture-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
