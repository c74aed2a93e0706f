import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { cannotMeasure } from '../../support/cannot-measure.ts'

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
/** A browser that is asked for nothing must ask for nothing itself. */
const QUIET = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** @throws Failure EXIT.unreachable that says what to install. */
export async function openChromium(): Promise<Browser> {
  const executablePath = BROWSERS.find(existsSync)
  if (executablePath === undefined)
    throw cannotMeasure(
      `there is no ${BROWSERS.join(' or ')}: install Chromium (Debian: apt install chromium)`,
    )
  // Chromium refuses its sandbox to root.
  return chromium.launch({
    executablePath,
    args: [...QUIET, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  })
}
