/**
 * The page: reads its address, follows the server's events, and gives the state to the view that is open.
 *
 * @import { HealthAnswer } from '../api.ts'
 * @import { Page } from './view.ts'
 */
import { createPageClock } from './data/clock.js'
import { openEventStream } from './data/event-stream.js'
import { createReader } from './data/reader.js'
import { byId, setText } from './dom.js'
import { createHeader } from './frame/header.js'
import { createHelp } from './frame/help.js'
import { listenForKeys } from './frame/shortcuts.js'
import { createTimeBar } from './frame/time-bar.js'
import { createViewHost } from './frame/view-host.js'
import { concerns, createPageState } from './state/page-state.js'
import { createPlayer } from './state/player.js'
import { formatRoute, parseRoute, routeFaults } from './state/route.js'
import { createTheme } from './theme.js'
import { VIEWS } from './views.js'

/** Addresses are written at most this often: browsers slow down pages that do it more, ms. */
const ADDRESS_MS = 400
/** Events of one commit come together: they are answered together, ms. */
const TOGETHER_MS = 10

const VIEW_NAMES = VIEWS.map(({ name }) => name)

const reader = createReader((path, signal) => fetch(path, { signal }))
const stream = openEventStream('/api/events')
const clock = createPageClock()
/** @type {HealthAnswer | null} */
let health = null
let isHealthStale = false
let hash = location.hash
/** @type {ReturnType<typeof setTimeout> | undefined} */
let addressTimer

const state = createPageState({
  ...{ reader, views: VIEW_NAMES, hash, setHash },
  // What fails here fails again, and is told, when the view is shown.
  readAhead: (next) => host.requestsOf(next).forEach((path) => void reader.read(path).catch(() => {})),
  onError: (error) => fail(error instanceof Error ? error.message : String(error)),
})

/** @type {Page} */
const page = {
  read: reader.read,
  setState: ({ view, symbol, at }) => {
    player.stop()
    void state.go({
      ...(view !== undefined && { view, options: {} }),
      ...(symbol !== undefined && { symbol }),
      ...(at !== undefined && { at }),
    })
  },
  setOptions: (change) => {
    const options = { ...state.read()?.route.options, ...change }
    const kept = Object.entries(options).filter((entry) => entry[1] !== null)
    void state.go({ options: /** @type {Record<string, string>} */ (Object.fromEntries(kept)) })
  },
  href: ({ view, symbol, at }) => {
    const route = state.read()?.route ?? { view: '', symbol: '', at: null, options: {} }
    const isSame = view === undefined || view === route.view
    return formatRoute({
      view: view ?? route.view,
      symbol: symbol ?? route.symbol,
      at: at === undefined ? route.at : at,
      options: isSame ? route.options : {},
    })
  },
  theme: createTheme(),
  clock,
  symbols: () => state.read()?.day.symbols ?? [],
  health: () => health,
  onEvent: stream.on,
}

const header = createHeader(page)
const host = createViewHost(page)
const player = createPlayer(state, { reader, requestsOf: host.requestsOf })
createTimeBar(state, { player, clock })
const help = createHelp()

state.onChange(({ route, state: shown, day }) => {
  setText(byId('failure'), '')
  if (!stream.isOpen()) clock.hear(day.at)
  const known = state.read()
  if (known) header.show(known)
  host.show(route.view, shown).catch((error) => fail(error.message))
  announce(shown)
})

listenForKeys(
  {
    slot: (direction) => {
      player.stop()
      state.step(direction)
    },
    day: (direction) => {
      player.stop()
      void state.stepDay(direction)
    },
    play: player.toggle,
    view: (index) => page.setState({ view: VIEW_NAMES[index] ?? '' }),
    symbol: (direction) => {
      const symbols = page.symbols()
      const at = symbols.indexOf(state.read()?.route.symbol ?? '')
      const next = symbols[(at + direction + symbols.length) % symbols.length]
      if (next !== undefined) page.setState({ symbol: next })
    },
    live: () => page.setState({ at: null }),
    help: help.open,
  },
  help.areKeysOn,
)

byId('skip').addEventListener('click', (event) => {
  // The address is the route: it must not become that of a heading.
  event.preventDefault()
  byId('title').focus()
})

addEventListener('hashchange', () => {
  if (location.hash === hash) return
  player.stop()
  hash = location.hash
  void goToAddress()
})

/** What the address leaves out stays as it is. It is in the history already. */
async function goToAddress() {
  const symbols = page.symbols()
  const symbol = state.read()?.route.symbol
  const first = symbol === undefined ? [] : [symbol]
  const faults = routeFaults(hash, { views: VIEW_NAMES, symbols })
  await state.go(parseRoute(hash, { views: VIEW_NAMES, symbols: [...first, ...symbols] }), { isNew: false })
  if (faults !== '') fail(faults)
}

/**
 * Played slots change the address as well, though not each of them.
 *
 * @param {string} next
 * @param {boolean} isNew
 */
function setHash(next, isNew) {
  if (next === hash && location.hash === next) return
  hash = next
  clearTimeout(addressTimer)
  const write = () => history[isNew ? 'pushState' : 'replaceState'](null, '', hash)
  if (isNew) write()
  else addressTimer = setTimeout(write, ADDRESS_MS)
}

function showHealth() {
  isHealthStale = document.hidden
  if (isHealthStale) return
  reader.read('/api/health').then(
    (/** @type {HealthAnswer} */ answer) => {
      health = answer
      clock.hear(health.at)
      header.showHealth(health)
    },
    (error) => fail(error.message),
  )
}

/** @param {import('./view.ts').ViewState} shown */
function announce({ symbol, slots, at, isPlaying }) {
  if (isPlaying) return
  const slot = slots.find((one) => one.slot === at)
  setText(
    byId('announcement'),
    slot ? `${symbol} ${slot.time}, ${slot.outcome}` : `${symbol}: nothing stored`,
  )
}

/** @param {string} message */
function fail(message) {
  setText(byId('failure'), message)
}

/** What waits for the events that come together. @type {'again' | 'refresh' | null} */
let waiting = null

/**
 * Shows anew once for all events that come together; `refresh` reads the slots of the day as well.
 *
 * @param {'again' | 'refresh'} what
 */
function soon(what) {
  if (waiting === null && !document.hidden) setTimeout(showWaiting, TOGETHER_MS)
  waiting = waiting === 'refresh' ? 'refresh' : what
}

function showWaiting() {
  if (waiting === null || document.hidden) return
  if (waiting === 'refresh') void state.refresh()
  else state.again()
  waiting = null
}

/** A page that nobody sees asks for nothing; it does so when it is seen again. */
document.addEventListener('visibilitychange', () => {
  showWaiting()
  if (isHealthStale) showHealth()
})

let isFirstHello = true
stream.onTime(clock.hear)
stream.on('hello', () => {
  if (!isFirstHello) {
    reader.forget('all')
    soon('refresh')
    showHealth()
  }
  isFirstHello = false
})
stream.on('slot', (event) => {
  reader.forget({ ...event, what: 'slot' })
  soon('refresh')
})
for (const name of /** @type {const} */ (['figures', 'surface'])) {
  stream.on(name, (event) => {
    reader.forget({ ...event, what: name })
    const shown = state.read()
    if (shown && concerns(shown.state, event)) soon('again')
  })
}
stream.on('lake', () => {
  reader.forget('all')
  soon('refresh')
})
stream.on('health', () => {
  reader.forget('live')
  soon('again')
  showHealth()
})
stream.onConnection(() => header.showConnection(stream.isOpen()))

host.preload(parseRoute(hash, { views: VIEW_NAMES, symbols: [] }).view)
showHealth()
void begin(hash)

/** @param {string} asked the address with which the page was opened */
async function begin(asked) {
  await state.refresh()
  const faults = routeFaults(asked, { views: VIEW_NAMES, symbols: page.symbols() })
  if (faults !== '' && state.read()) fail(faults)
}
