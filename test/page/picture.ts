import { stat } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { EXIT, Failure } from '../../src/process/failure.ts'
import { awaitTrue, awaitView } from './browser/view-check.ts'
import { LAST_DAY } from './page-lake.ts'
import type { ServedLake } from './served-lake.ts'

/** A README is read on slow lines, too. */
const MAX_BYTES = 150_000

/** Takes the picture of the README: smiles in the middle of the last day. */
export async function takePicture(browser: Browser, { url }: ServedLake, path: string): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 760 }, colorScheme: 'light' })
  const page = await context.newPage()
  const at = new Date(newYorkInstant(LAST_DAY, '14:30')).toISOString()
  await page.goto(`${url}/#/smile/SPY?at=${at}`)
  await awaitView(page, 'smile')
  // The daemon has just begun: its first checks may still warn.
  const isHealthy = `document.getElementById('state').textContent === 'healthy'`
  await awaitTrue(page, isHealthy, { what: 'the daemon is not healthy' })
  await page.screenshot({ path })
  await context.close()
  const { size } = await stat(path)
  if (size > MAX_BYTES)
    throw new Failure(EXIT.internal, `${path} has ${size} bytes: at most ${MAX_BYTES} may go into the README`)
  console.log(`${path}: ${size} bytes`)
}
