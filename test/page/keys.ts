import type { Page } from 'playwright-core'
import { awaitView } from './browser/view-check.ts'

/** Uses the page with the keyboard alone, and names what did not work. */
export async function tryKeys(page: Page, views: readonly string[]): Promise<string[]> {
  const failures: string[] = []
  const press = async (key: string) => {
    await page.keyboard.press(key)
    // The address is written with the next frames.
    await page.waitForTimeout(120)
  }
  const shown = async () => ({
    time: await page.locator('#slot-time').innerText(),
    date: await page.locator('#date').inputValue(),
  })
  const expectThat = (isTrue: boolean, what: string) => {
    if (!isTrue) failures.push(`${what}`)
  }
  const until = async (what: string, condition: () => Promise<boolean>) => {
    for (let left = 60; left > 0; left--) {
      if (await condition()) return
      await page.waitForTimeout(100)
    }
    failures.push(`${what}`)
  }

  for (const [nth, view] of views.entries()) {
    await press(String(nth + 1))
    await awaitView(page, view).catch(() => failures.push(`${nth + 1} does not open ${view}`))
  }
  await press('1')
  await awaitView(page, views[0] as string)
  const first = await shown()
  await press('ArrowLeft')
  await until('← does not show the slot before', async () => (await shown()).time < first.time)
  await press('ArrowRight')
  await until('→ does not show the slot after', async () => (await shown()).time === first.time)
  await press('Shift+ArrowLeft')
  await until('Shift + ← does not show the day before', async () => (await shown()).date < first.date)
  await press('Shift+ArrowRight')
  await until('Shift + → does not show the day after', async () => (await shown()).date === first.date)
  await press('l')
  const live = page.locator('#live')
  await until(
    'l does not follow the newest slot',
    async () => (await live.getAttribute('aria-pressed')) === 'true',
  )
  const hash = await page.evaluate<string>('location.hash')
  await press('s')
  await until(
    's does not show the next symbol',
    async () => (await page.evaluate<string>('location.hash')) !== hash,
  )
  await press('?')
  expectThat(await page.evaluate("document.getElementById('help').open"), '? does not open the help')
  await press('Escape')
  expectThat(!(await page.evaluate("document.getElementById('help').open")), 'Escape does not close the help')
  failures.push(...(await tabThrough(page)))
  return failures
}

/** Most elements that Tab is tried on. */
const MAX_TABS = 40

/** Goes through the page by Tab: each element that has the focus must be visible, and show that it has it. */
async function tabThrough(page: Page): Promise<string[]> {
  const failures = new Set<string>()
  await page.evaluate('document.activeElement?.blur()')
  for (let tab = 0; tab < MAX_TABS; tab++) {
    await page.keyboard.press('Tab')
    const fault = await page.evaluate<string | null>(`(() => {
      const one = document.activeElement
      if (!one || one === document.body) return null
      const style = getComputedStyle(one)
      const isMarked = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== 'none'
      const box = one.getBoundingClientRect()
      const name = one.id || one.className || one.tagName
      if (!isMarked) return 'the focus cannot be seen on ' + name
      return box.width > 0 && box.height > 0 ? null : 'the focus is on ' + name + ', which cannot be seen'
    })()`)
    if (fault) failures.add(`${fault}`)
  }
  return [...failures]
}
