/**
 * Reads JSON of this server and keeps answers, within bounds, until an event says that they may have changed.
 *
 * @typedef {object} Reader
 * @property {(path: string, options?: { signal?: AbortSignal }) => Promise<any>} read
 * @property {(path: string) => boolean} isKnown whether it is asked for or kept
 * @property {(path: string) => boolean} isSettled whether reading it takes no time: it is kept, or was refused just now
 * @property {(what: Stale) => void} forget
 *
 * @typedef {{ symbol: string, slot: string, what: 'slot' | 'figures' | 'surface' } | 'live' | 'all'} Stale
 *   what was stored of a slot of a symbol, with what has no slot in its path; only what has no slot in its path; everything
 */

/** Answers of the ledger: figures do not change them. */
const OF_LEDGER = /^\/api\/(slots|sessions|views\/coverage)\b/

/** A surface changes no others. */
const OF_SURFACES = /^\/api\/(surface|views\/(smile|term|tenors|expected-move|lake))\b/

/** Answers of a slot that are about all symbols. */
const OF_ALL_SYMBOLS = /^\/api\/views\/figures\b/

/** Answers kept: a played day of a view with a few requests a slot. */
const MAX_ANSWERS = 400

/**
 * @param {(path: string, signal: AbortSignal) => Promise<Response>} request
 * @returns {Reader}
 */
export function createReader(request) {
  /** In order of their last use. @type {Map<string, Promise<any>>} */
  const answers = new Map()
  const done = new WeakSet()
  /** What failed last: the player goes on past it, and the next read asks again. @type {Set<string>} */
  const refused = new Set()

  /** @param {string} path */
  function begin(path) {
    const controller = new AbortController()
    const answer = fetched(path, controller.signal)
    answers.set(path, answer)
    refused.delete(path)
    answer.then(
      () => done.add(answer),
      () => {
        if (answers.get(path) === answer) answers.delete(path)
        if (refused.size >= MAX_ANSWERS) refused.clear()
        refused.add(path)
      },
    )
    for (const oldest of answers.keys()) {
      if (answers.size <= MAX_ANSWERS) break
      answers.delete(oldest)
    }
    return answer
  }

  /**
   * @param {string} path
   * @param {AbortSignal} signal
   */
  async function fetched(path, signal) {
    const response = await request(path, signal).catch((error) => {
      throw new Error('the daemon does not answer', { cause: error })
    })
    const body = await response.json().catch(() => null)
    // Health is JSON whatever its status says.
    if (response.ok || body?.checks) return body
    throw new Error(body?.error?.message ?? `the server answered ${response.status}`)
  }

  return {
    read: (path, { signal } = {}) => {
      const kept = answers.get(path)
      if (kept) {
        answers.delete(path)
        answers.set(path, kept)
      }
      return abortable(kept ?? begin(path), signal)
    },
    isKnown: (path) => answers.has(path) || refused.has(path),
    isSettled: (path) => {
      const kept = answers.get(path)
      return refused.has(path) || (kept !== undefined && done.has(kept))
    },
    forget: (what) => {
      refused.clear()
      for (const path of answers.keys()) if (isStale(path, what)) answers.delete(path)
    },
  }
}

/**
 * Answers of a slot have its time in their path (`at=`), all others are of now.
 *
 * @param {string} path
 * @param {Stale} what
 */
export function isStale(path, what) {
  if (what === 'all') return true
  if (what !== 'live' && what.what === 'surface' && !OF_SURFACES.test(path)) return false
  const [route = '', query = ''] = path.split('?', 2)
  const at = new URLSearchParams(query).get('at')
  if (at === null) return what === 'live' || what.what === 'slot' || !OF_LEDGER.test(path)
  if (what === 'live') return false
  const isOfSymbol = OF_ALL_SYMBOLS.test(path) || route.split('/').includes(encodeURIComponent(what.symbol))
  return isOfSymbol && Date.parse(at) === Date.parse(what.slot)
}

/**
 * One request may have several readers, so that a reader who gives up ends only its own wait.
 *
 * @template T
 * @param {Promise<T>} answer
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<T>}
 */
function abortable(answer, signal) {
  if (!signal) return answer
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason)
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}
