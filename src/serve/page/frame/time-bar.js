import { byId, element, setText } from '../dom.js'
import { isStored, namedHours, neighbour } from '../state/day.js'
import { SPEEDS } from '../state/player.js'
import { slotReasonText } from '../text/reason.js'
import { dayName, duration } from '../text/time.js'

/**
 * The bar at the foot of every view: the day, its slots as a strip with a slider over it, and play.
 *
 * @import { PageState, Shown } from '../state/page-state.js'
 * @import { Player } from '../state/player.js'
 * @import { DaySlot, PageClock } from '../view.ts'
 */

/** Dates in the list of days: a year of sessions. */
const MAX_DATES = 260

/**
 * @param {PageState} page
 * @param {{ player: Player, clock: PageClock }} options
 */
export function createTimeBar(page, { player, clock }) {
  const slider = /** @type {HTMLInputElement} */ (byId('slot'))
  const strip = byId('strip')
  const dates = /** @type {HTMLSelectElement} */ (byId('date'))
  const play = byId('play')
  const live = byId('live')
  const speed = /** @type {HTMLSelectElement} */ (byId('speed'))
  let datesShown = ''
  let hoursShown = ''

  for (const rate of SPEEDS) speed.append(new Option(`${rate} /s`, String(rate)))
  speed.value = String(player.speed())
  speed.addEventListener('change', () => player.setSpeed(Number(speed.value)))
  play.addEventListener('click', () => player.toggle())
  /** Who goes to a slot wants to see it. @param {() => void} go */
  const stopAnd = (go) => () => {
    player.stop()
    go()
  }
  live.addEventListener(
    'click',
    stopAnd(() => void page.go({ at: null })),
  )
  for (const [id, go] of /** @type {const} */ ([
    ['previous-day', () => void page.stepDay(-1)],
    ['next-day', () => void page.stepDay(1)],
    ['previous-slot', () => page.step(-1)],
    ['next-slot', () => page.step(1)],
  ])) {
    byId(id).addEventListener('click', stopAnd(go))
  }
  dates.addEventListener(
    'change',
    stopAnd(() => void page.goToDate(dates.value)),
  )
  slider.addEventListener('input', () => {
    player.stop()
    const slots = page.read()?.state.slots ?? []
    const to = nearestStored(slots, Number(slider.value))
    if (to) page.play(to.slot)
  })
  clock.onTick(showAge)

  /** @param {readonly DaySlot[]} slots */
  function showStrip(slots) {
    while (strip.childElementCount > slots.length) strip.lastElementChild?.remove()
    while (strip.childElementCount < slots.length) strip.append(element('i'))
    for (const [at, { outcome }] of slots.entries()) {
      const cell = /** @type {HTMLElement} */ (strip.children[at])
      if (cell.className !== outcome) cell.className = outcome
    }
  }

  /** @param {readonly DaySlot[]} slots */
  function showHours(slots) {
    const hours = namedHours(slots)
    const text = hours.map(({ time, at }) => `${time} ${at}`).join()
    if (hoursShown === `${text}/${slots.length}`) return
    hoursShown = `${text}/${slots.length}`
    byId('track').style.setProperty('--slots', String(Math.max(1, slots.length)))
    byId('hours').replaceChildren(
      ...hours.map(({ time, at }) => {
        const label = element('span', { text: time })
        label.style.setProperty('--at', `${((100 * (at + 0.5)) / slots.length).toFixed(2)}%`)
        return label
      }),
    )
  }

  /** @param {Shown} shown */
  function showDates({ dates: stored, state }) {
    const listed = stored.slice(0, MAX_DATES)
    const own = state.date !== null && !listed.includes(state.date) ? [state.date] : []
    const all = [...own, ...listed]
    if (datesShown !== all.join()) {
      datesShown = all.join()
      dates.replaceChildren(...all.map((date) => new Option(dayName(date, all[0] ?? null), date)))
    }
    dates.value = state.date ?? ''
  }

  function showAge() {
    const shown = page.read()
    const now = clock.now()
    const at = shown?.state.at ?? null
    const age = at === null || now === null ? null : (now - Date.parse(at)) / 1_000
    setText(byId('age'), age === null ? 'nothing stored' : ageText(age))
  }

  page.onChange((shown) => {
    const { state } = shown
    const { slots, at } = state
    const index = slots.findIndex(({ slot }) => slot === at)
    showStrip(slots)
    showHours(slots)
    const outcome = byId('slot-outcome')
    setText(outcome, outcomeText(slots[index]))
    outcome.className = slots[index]?.outcome === 'partial' ? 'warn' : 'soft'
    showDates(shown)
    slider.max = String(Math.max(0, slots.length - 1))
    slider.value = String(Math.max(0, index))
    slider.disabled = at === null
    slider.setAttribute('aria-valuetext', slotText(slots[index], state.date))
    setText(byId('slot-time'), slots[index]?.time ?? '–')
    showAge()
    setText(play, state.isPlaying ? 'Pause' : 'Play')
    play.setAttribute('aria-pressed', String(state.isPlaying))
    live.setAttribute('aria-pressed', String(state.isLive))
    const enable = (/** @type {string} */ id, /** @type {boolean} */ isEnabled) => {
      const button = /** @type {HTMLButtonElement} */ (byId(id))
      button.disabled = !isEnabled
    }
    enable('play', at !== null)
    enable('previous-slot', neighbour(slots, at, -1) !== null && at !== null)
    enable('next-slot', neighbour(slots, at, 1) !== null)
    const date = state.date ?? ''
    enable(
      'previous-day',
      shown.dates.some((other) => other < date),
    )
    enable(
      'next-day',
      shown.dates.some((other) => other > date),
    )
  })
}

/**
 * @param {readonly DaySlot[]} slots
 * @param {number} index
 */
function nearestStored(slots, index) {
  const wanted = slots[index]
  if (!wanted) return null
  return isStored(wanted) ? wanted : (neighbour(slots, wanted.slot, -1) ?? neighbour(slots, wanted.slot, 1))
}

/** @param {number} seconds below 0 where the clock was set back */
function ageText(seconds) {
  return seconds < 0 ? `${duration(-seconds)} ahead of the clock` : `${duration(seconds)} old`
}

/** @param {DaySlot | undefined} slot */
function outcomeText(slot) {
  if (!slot) return ''
  return slot.reason === null ? slot.outcome : `${slot.outcome}: ${slotReasonText(slot.reason)}`
}

/**
 * @param {DaySlot | undefined} slot
 * @param {string | null} date
 */
function slotText(slot, date) {
  if (!slot || date === null) return 'nothing stored'
  return `${slot.time} New York, ${dayName(date)}, ${slot.outcome}${slot.reason ? `: ${slotReasonText(slot.reason)}` : ''}`
}
