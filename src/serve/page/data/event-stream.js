/**
 * The one event stream of the page. The browser opens it again by itself when it breaks.
 *
 * @import { PageEvents } from '../view.ts'
 */

const NAMES = /** @type {const} */ ([
  'hello',
  'slot',
  'figures',
  'surface',
  'cycle',
  'health',
  'lake',
  'beat',
])

/** A page that nobody sees gives its connection back after this long, ms. */
const HIDDEN_MS = 60_000
/** After an answer that ends a stream for good, such as an overload, ms. */
const AGAIN_MS = 5_000

/**
 * @typedef {object} EventStream
 * @property {<Name extends keyof PageEvents>(name: Name, listener: (event: PageEvents[Name]) => void) => () => void} on
 * @property {() => boolean} isOpen
 * @property {(listener: (now: string) => void) => void} onTime called with the daemon's time at every event
 * @property {(listener: () => void) => void} onConnection called when it opens or breaks
 */

/**
 * @param {string} path
 * @returns {EventStream}
 */
export function openEventStream(path) {
  /** @type {Map<string, Set<(event: any) => void>>} */
  const listeners = new Map(NAMES.map((name) => [name, new Set()]))
  /** @type {Set<(now: string) => void>} */
  const times = new Set()
  /** @type {Set<() => void>} */
  const connection = new Set()
  /** @type {EventSource | null} */
  let source = null
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer

  function open() {
    clearTimeout(timer)
    if (source) return
    const opened = new EventSource(path)
    source = opened
    opened.onopen = changed
    opened.onerror = () => {
      changed()
      if (opened.readyState !== EventSource.CLOSED) return
      close()
      timer = setTimeout(open, AGAIN_MS)
    }
    for (const name of NAMES) {
      opened.addEventListener(name, ({ data }) => {
        const content = JSON.parse(data)
        for (const listener of times) listener(content.now)
        for (const listener of listeners.get(name) ?? []) listener(content)
      })
    }
  }

  function close() {
    source?.close()
    source = null
    changed()
  }

  function changed() {
    for (const listener of connection) listener()
  }

  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer)
    if (document.hidden) timer = setTimeout(close, HIDDEN_MS)
    else open()
  })
  open()

  return {
    on: (name, listener) => {
      listeners.get(name)?.add(listener)
      return () => listeners.get(name)?.delete(listener)
    },
    isOpen: () => source?.readyState === EventSource.OPEN,
    onTime: (listener) => times.add(listener),
    onConnection: (listener) => connection.add(listener),
  }
}
