import { element } from '../dom.js'
import { reasonText } from '../text/reason.js'
import { clockTime, dayName, duration, newYorkDay } from '../text/time.js'

/**
 * Where a number comes from, as answers carry it. What an answer does not say is left out.
 *
 * @typedef {object} Provenance
 * @property {string | null} [slot] ISO time
 * @property {string | null} [as_of] ISO time of the data
 * @property {number | null} [age_seconds]
 * @property {string | null} [source]
 * @property {string | null} [basis]
 * @property {number | null} [observations]
 * @property {string | null} [flags]
 * @property {number | string | null} [definition_version]
 * @property {string | null} [reason] why the number is absent, or is not what it should be
 * @property {string | null} [note] anything else, in words
 */

/**
 * The lines of a provenance: a name and its text.
 *
 * @param {Provenance} from
 * @returns {[string, string][]}
 */
export function provenanceLines(from) {
  /** @type {[string, string | null][]} */
  const lines = [
    ['reason', reasonText(from.reason)],
    ['slot', from.slot ? dated(from.slot) : null],
    ['as of', from.as_of ? dated(from.as_of) : null],
    ['age', typeof from.age_seconds === 'number' ? duration(from.age_seconds) : null],
    ['source', from.source ?? null],
    ['basis', from.basis ?? null],
    ['observations', typeof from.observations === 'number' ? String(from.observations) : null],
    ['flags', from.flags ?? null],
    ['definition', from.definition_version == null ? null : String(from.definition_version)],
    ['note', from.note ?? null],
  ]
  return lines.flatMap(([name, text]) => (text === null || text === '' ? [] : [[name, text]]))
}

/** @param {string} iso */
function dated(iso) {
  return `${dayName(newYorkDay(iso))} ${clockTime(iso)} New York`
}

/** @type {HTMLElement | null} */
let bubble = null
/** @type {Element | null} */
let shownFor = null

/**
 * Shows the provenance beside an element. One bubble serves the whole page: there is one pointer and one focus.
 *
 * @param {Element} anchor
 * @param {Provenance | string} from
 */
export function showProvenance(anchor, from) {
  const lines = typeof from === 'string' ? [] : provenanceLines(from)
  if (typeof from === 'string' ? from === '' : lines.length === 0) return hideProvenance(anchor)
  bubble ??= createBubble()
  if (typeof from === 'string') bubble.replaceChildren(element('p', { text: from }))
  else {
    bubble.replaceChildren(
      element(
        'dl',
        {},
        lines.flatMap(([name, text]) => [element('dt', { text: name }), element('dd', { text })]),
      ),
    )
  }
  bubble.hidden = false
  shownFor?.removeAttribute('aria-describedby')
  anchor.setAttribute('aria-describedby', bubble.id)
  shownFor = anchor
  place(bubble, anchor.getBoundingClientRect())
}

/** @param {Element} anchor */
export function hideProvenance(anchor) {
  if (shownFor !== anchor || !bubble) return
  anchor.removeAttribute('aria-describedby')
  bubble.hidden = true
  shownFor = null
}

function createBubble() {
  const made = element('div', { className: 'provenance', attributes: { id: 'provenance', role: 'tooltip' } })
  document.body.append(made)
  document.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape' && shownFor) hideProvenance(shownFor)
  })
  document.addEventListener('scroll', () => shownFor && hideProvenance(shownFor), {
    capture: true,
    passive: true,
  })
  return made
}

const GAP_PX = 6

/**
 * Below the anchor, or above it where there is no room, and inside the window.
 *
 * @param {HTMLElement} what
 * @param {DOMRect} anchor
 */
function place(what, anchor) {
  const { width, height } = what.getBoundingClientRect()
  const below = anchor.bottom + GAP_PX
  const top = below + height <= innerHeight ? below : Math.max(0, anchor.top - height - GAP_PX)
  const left = Math.max(GAP_PX, Math.min(anchor.left, innerWidth - width - GAP_PX))
  what.style.top = `${top}px`
  what.style.left = `${left}px`
}

/**
 * Shows the provenance of an element while the pointer or the focus is on it; a tap shows it as well.
 *
 * @param {HTMLElement} anchor
 * @param {() => Provenance | string | null} read
 */
export function describeOnHover(anchor, read) {
  const show = () => {
    const from = read()
    if (from !== null) showProvenance(anchor, from)
  }
  const hide = () => hideProvenance(anchor)
  anchor.addEventListener('pointerenter', show)
  anchor.addEventListener('pointerleave', hide)
  anchor.addEventListener('focus', show)
  anchor.addEventListener('blur', hide)
  anchor.addEventListener('click', show)
}
