import type { Page } from 'playwright-core'
import { awaitTrue } from './browser/view-check.ts'

/** How a day was played in one view. */
export interface Played {
  /** Slots that the page showed, each counted once. */
  readonly shown: number
  /** Null if fewer than two were shown. */
  readonly slotsPerSecond: number | null
  /** Longest time between two frames, ms. */
  readonly longestFrameMs: number
}

const PLAYING_MS = 60_000

/** Records each slot that the page shows, with its time, from now on. */
const RECORD = `(() => {
  const seen = new Map()
  const time = document.getElementById('slot-time')
  const note = () => { if (!seen.has(time.textContent)) seen.set(time.textContent, performance.now()) }
  note()
  new MutationObserver(note).observe(time, { childList: true, characterData: true, subtree: true })
  const frames = { last: performance.now(), longest: 0 }
  const frame = (now) => {
    frames.longest = Math.max(frames.longest, now - frames.last)
    frames.last = now
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
  window.recordedPlay = { seen, frames }
})()`

/** Plays the slots of the shown day from its first at the highest speed, by the page's own controls. */
export async function play(page: Page): Promise<Played> {
  await page.locator('#slot').focus()
  await page.keyboard.press('Home')
  await page.locator('#speed').selectOption('30')
  await page.waitForTimeout(300)
  await page.evaluate(RECORD)
  await page.locator('#play').click()
  const hasEnded = `document.getElementById('play').getAttribute('aria-pressed') === 'false'`
  await awaitTrue(page, hasEnded, { what: 'still playing', timeoutMs: PLAYING_MS }).catch(() => {})
  const times = await page.evaluate<number[]>('[...window.recordedPlay.seen.values()]')
  const longestFrameMs = await page.evaluate<number>('window.recordedPlay.frames.longest')
  // The first one stood there before.
  const [from, to] = [times[1], times.at(-1)]
  const slotsPerSecond =
    from === undefined || to === undefined || to === from ? null : ((times.length - 2) * 1_000) / (to - from)
  return { shown: times.length, slotsPerSecond, longestFrameMs }
}
