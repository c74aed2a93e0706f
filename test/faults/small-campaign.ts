import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import { isMet } from '../../scripts/bench/report.ts'
import type { Campaign, CampaignOptions } from './campaign.ts'

/** The compiled programs that campaigns start; `npm test` builds them first. */
export const PROGRAMS = resolve(import.meta.dirname, '../../build/test/support')

const SMALL: CampaignOptions = { programs: PROGRAMS, quick: true, rounds: null, seed: 1 }

/** Runs a small campaign and returns the goals that it missed, with their values. */
export async function missedGoals(campaign: Campaign, change: Partial<CampaignOptions>): Promise<string[]> {
  const options = { ...SMALL, ...change }
  const goals = await campaign.run(options)
  return goals.filter((goal) => isMet(goal) !== true).map(({ name, value }) => `${name}: ${value}`)
}

/** A temporary folder, removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'optionlake-faults-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
