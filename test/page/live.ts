import type { Page } from 'playwright-core'
import { newYorkTime } from '../../src/market/calendar.ts'
import { epochMs } from '../../src/market/units.ts'
import { awaitTrue } from './browser/view-check.ts'
import type { ServedLake } from './served-lake.ts'

/** A cycle of a few hundred contracts takes some seconds, and the daemon lists its chains first. */
const CYCLE_MS = 120_000
const INTERVAL_MS = 300_000

/** Lets the daemon's time go on to its next slot, and names what the open page did not show of it. */
export async function followLive(page: Page, { clock }: ServedLake): Promise<string[]> {
  const next = epochMs((Math.floor(clock.now() / INTERVAL_MS) + 1) * INTERVAL_MS)
  const wanted = newYorkTime(next)
  clock.setSpeed(30)
  while (clock.now() < next) await page.waitForTimeout(50)
  clock.setSpeed(1)
  const isShown = `document.getElementById('slot-time').textContent === ${JSON.stringify(wanted)}`
  return awaitTrue(page, isShown, {
    what: `${wanted} is not shown without a reload`,
    timeoutMs: CYCLE_MS,
  }).then(
    () => [],
    ({ message }: Error) => [message],
  )
}
