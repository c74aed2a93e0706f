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
    link.addEventListener('click', () => {
      link.href = page.href({ view: name })
    })
    return { name, link }
  })
  byId('views').replaceChildren(...links.map(({ link }) => element('li', {}, [link])))
  let symbolsShown = ''
  let viewShown = ''
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
      // Links of a played slot would be written 30 times a second: a click writes its own.
      if (!shown.state.isPlaying) for (const { name, link } of links) link.href = page.href({ view: name })
      if (shown.route.view === viewShown) return
      viewShown = shown.route.view
      for (const { name, link } of links) {
        if (name !== viewShown) link.removeAttribute('aria-current')
        else {
          link.setAttribute('aria-current', 'page')
          // On a phone the list is wider than the window.
          link.scrollIntoView({ block: 'nearest', inline: 'nearest' })
        }
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
