import { describeOnHover } from '../charts/provenance.js'
import { byId, element, setText } from '../dom.js'
import { clockTime, dayName, newYorkDay } from '../text/time.js'
import { VIEWS } from '../views.js'

/**
 * The head of the page: whose data, what time, how it is, which symbol, which view.
 *
 * @import { HealthAnswer } from '../../api.ts'
 * @import { Shown } from '../state/page-state.js'
 * @import { Page } from '../view.ts'
 */

const HEALTH_WORDS = { ok: 'healthy', warn: 'warning', fail: 'failing' }

/** @param {Page} page */
export function createHeader(page) {
  const links = VIEWS.map(({ name, title }, at) => {
    const link = element('a', { text: title, attributes: { 'aria-keyshortcuts': String(at + 1) } })
    return { name, link }
  })
  byId('views').replaceChildren(...links.map(({ link }) => element('li', {}, [link])))
  let symbolsShown = ''
  /** @type {string | null} */
  let clockWords = null
  describeOnHover(byId('clock-words'), () => clockWords)

  page.clock.onTick(() => {
    const now = page.clock.now()
    if (now === null) return
    setText(byId('clock'), `${dayName(newYorkDay(now))} ${clockTime(now)}`)
  })

  /** @param {Shown} shown */
  function showSymbols({ route, day }) {
    const list = byId('symbols')
    if (symbolsShown !== day.symbols.join()) {
      symbolsShown = day.symbols.join()
      list.replaceChildren(
        ...day.symbols.map((symbol) => {
          const button = element('button', { text: symbol, attributes: { type: 'button' } })
          button.addEventListener('click', () => page.setState({ symbol }))
          return button
        }),
      )
    }
    for (const button of list.children) {
      button.setAttribute('aria-pressed', String(button.textContent === route.symbol))
    }
  }

  return {
    /** @param {Shown} shown */
    show(shown) {
      showSymbols(shown)
      for (const { name, link } of links) {
        link.href = page.href({ view: name })
        if (name === shown.route.view) link.setAttribute('aria-current', 'page')
        else link.removeAttribute('aria-current')
      }
    },
    /** @param {HealthAnswer} health */
    showHealth({ status, source, clock }) {
      const state = byId('state')
      setText(state, HEALTH_WORDS[status])
      state.className = `badge ${status}`
      setText(byId('source'), source)
      clockWords = clock.words
      byId('clock-words').hidden = clock.words === null
    },
    /** @param {boolean} isConnected */
    showConnection(isConnected) {
      byId('offline').hidden = isConnected
    },
  }
}
