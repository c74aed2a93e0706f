import { daySlots, neighbour, sessionAt, storedAt, storedNear } from './day.js'
import { formatRoute, parseRoute } from './route.js'

/**
 * What the page shows: the route of its address, the slots of its day, and how it changes.
 *
 * @import { SlotsAnswer } from '../../api.ts'
 * @import { SessionsAnswer } from '../../sessions-api.ts'
 * @import { Reader } from '../data/reader.js'
 * @import { ViewState } from '../view.ts'
 * @import { Route } from './route.js'
 *
 * @typedef {object} Shown
 * @property {Route} route
 * @property {ViewState} state
 * @property {SlotsAnswer} day
 * @property {readonly string[]} dates trade dates with stored slots, newest first
 *
 * @typedef {object} PageState
 * @property {() => Shown | null} read null before the first answer
 * @property {(listener: (shown: Shown) => void) => void} onChange
 * @property {(change: Partial<Route>, options?: { isNew?: boolean }) => Promise<void>} go `isNew`, unless it is false: as a
 *   step of the history
 * @property {(slot: string) => void} play to another slot of the same day, without waiting
 * @property {(isPlaying: boolean) => void} setPlaying
 * @property {(direction: 1 | -1) => void} step to the slot beside; no step of the history, as browsers bound those
 * @property {(direction: 1 | -1) => Promise<void>} stepDay
 * @property {(date: string) => Promise<void>} goToDate
 * @property {() => Promise<void>} refresh reads the day again and shows what is new
 * @property {() => void} again shows the same state again: an event changed an answer
 */

/**
 * @param {object} parts
 * @param {Reader} parts.reader
 * @param {readonly string[]} parts.views
 * @param {string} parts.hash of the address
 * @param {(hash: string, isNew: boolean) => void} parts.setHash writes the address; `isNew`: as a step of the history
 * @param {(state: ViewState) => void} parts.readAhead called with the newest state as soon as it is known, before the list of
 *   sessions is
 * @param {(error: unknown) => void} parts.onError
 * @returns {PageState}
 */
export function createPageState({ reader, views, hash, setHash, readAhead, onError }) {
  /** @type {Set<(shown: Shown) => void>} */
  const listeners = new Set()
  /** @type {Shown | null} */
  let shown = null
  /** @type {Partial<Route>} */
  let wanted = {}
  let asked = 0
  let isPlaying = false

  /** @param {Shown} next */
  function show(next) {
    shown = next
    for (const listener of listeners) listener(next)
  }

  /** The newest question wins; an older answer is dropped. */
  async function resolve(isNew = false) {
    const own = ++asked
    try {
      const newest = /** @type {SlotsAnswer} */ (await reader.read('/api/slots'))
      const known = { views, symbols: newest.symbols }
      const wantedRoute = () => ({ ...(shown?.route ?? parseRoute(hash, known)), ...wanted })
      if (own === asked && isOfNewest(wantedRoute(), newest)) readAhead(stateOf(wantedRoute(), newest))
      const sessions = await readSessions(wantedRoute().symbol)
      const day = await dayOf(wantedRoute(), newest, sessions)
      if (own !== asked) return
      // Slots were played meanwhile: the newest counts.
      const route = wantedRoute()
      wanted = {}
      setHash(formatRoute(route), isNew)
      const dates = sessions.map(({ date }) => date)
      show({ route, day, dates, state: stateOf(route, day) })
    } catch (error) {
      if (own === asked) onError(error)
    }
  }

  /**
   * @param {string} symbol
   * @returns {Promise<SessionsAnswer['sessions']>}
   */
  async function readSessions(symbol) {
    const { sessions } = await reader.read(`/api/sessions?symbol=${encodeURIComponent(symbol)}`)
    return sessions
  }

  /**
   * @param {string} date
   * @returns {Promise<SlotsAnswer>}
   */
  function readDay(date) {
    return reader.read(`/api/slots?date=${date}`)
  }

  /**
   * Whether the newest day has the route's slot, whatever other sessions there are.
   *
   * @param {Route} route
   * @param {SlotsAnswer} newest
   */
  function isOfNewest({ symbol, at }, newest) {
    return at === null && storedAt(daySlots(newest, symbol), null) !== null
  }

  /**
   * The day of the route's slot, by the sessions' own times: futures trade in the evening before their date.
   *
   * @param {Route} route
   * @param {SlotsAnswer} newest
   * @param {SessionsAnswer['sessions']} sessions
   */
  async function dayOf(route, newest, sessions) {
    const { at } = route
    const session = isOfNewest(route, newest) ? null : sessionAt(sessions, at)
    return session === null || session.date === newest.date ? newest : readDay(session.date)
  }

  /**
   * @param {Route} route
   * @param {SlotsAnswer} day
   * @returns {ViewState}
   */
  function stateOf({ symbol, at, options }, day) {
    const slots = daySlots(day, symbol)
    // Before the first slot of all there is none to show but the first.
    const found = (storedAt(slots, at) ?? neighbour(slots, at, 1))?.slot ?? null
    return { symbol, date: day.date, at: found, isLive: at === null, isPlaying, slots, options }
  }

  /**
   * @param {Partial<Route>} change
   * @param {{ isNew?: boolean }} [options]
   */
  async function go(change, { isNew = true } = {}) {
    wanted = { ...wanted, ...change }
    await resolve(isNew)
  }

  /** @param {string} slot */
  function play(slot) {
    if (!shown) return
    const route = { ...shown.route, at: slot }
    show({ ...shown, route, state: stateOf(route, shown.day) })
    setHash(formatRoute(route), false)
  }

  /** @param {string} date */
  async function goToDate(date) {
    if (!shown) return
    const { route, state } = shown
    const time = state.slots.find(({ slot }) => slot === state.at)?.time ?? null
    try {
      const slot = storedNear(daySlots(await readDay(date), route.symbol), time)
      if (slot) await go({ at: slot.slot })
    } catch (error) {
      onError(error)
    }
  }

  return {
    read: () => shown,
    onChange: (listener) => listeners.add(listener),
    go,
    goToDate,
    play,
    setPlaying: (next) => {
      isPlaying = next
      if (shown) show({ ...shown, state: { ...shown.state, isPlaying } })
    },
    step: (direction) => {
      if (!shown) return
      const next = neighbour(shown.state.slots, shown.state.at, direction)
      if (next) play(next.slot)
    },
    stepDay: async (direction) => {
      if (!shown) return
      const { dates, state } = shown
      const from = state.date ?? ''
      const next = direction === 1 ? dates.findLast((date) => date > from) : dates.find((date) => date < from)
      if (next !== undefined) await goToDate(next)
    },
    refresh: () => resolve(),
    again: () => {
      if (shown) show(shown)
    },
  }
}

/**
 * Whether a view that shows `state` shows the slot of an event.
 *
 * @param {ViewState} state
 * @param {{ symbol: string, slot: string }} event
 */
export function concerns(state, { symbol, slot }) {
  return (
    state.isLive ||
    (state.symbol === symbol && state.at !== null && Date.parse(slot) === Date.parse(state.at))
  )
}
