import { createFigure } from '../../charts/figure.js'
import { element, setText } from '../../dom.js'
import { daySlots } from '../../state/day.js'
import { ABSENT, count, decimals } from '../../text/number.js'
import { dayName, duration, minuteTime, newYorkDay } from '../../text/time.js'
import { coverageOf, cycleRate, dataKind, entriesAt } from './summary.js'

/**
 * The present in six figures: whose data, last slot, next slot, coverage, rate, cycle.
 *
 * @import { SlotsAnswer } from '../../../api.ts'
 * @import { StatusAnswer } from '../../../views/status-api.ts'
 * @import { Page, PageEvents } from '../../view.ts'
 *
 * @typedef {{ status: StatusAnswer, today: SlotsAnswer }} Present
 */

/** A cycle that says nothing for this long is over: its last event may have been lost, ms. */
const SILENT_MS = 10_000

/** @param {Page} page */
export function createTiles(page) {
  const data = tile('Data')
  const last = tile('Last slot')
  const next = tile('Next slot')
  const coverage = tile('Coverage of the day')
  const rate = tile('Contracts per second')
  const cycle = tile('Cycle')
  const made = element(
    'section',
    { className: 'tiles', attributes: { 'aria-label': 'Now' } },
    [data, last, next, coverage, rate, cycle].map(({ element }) => element),
  )
  /** @type {Present | null} */
  let shown = null
  /** @type {{ event: PageEvents['cycle'], seenMs: number } | null} */
  let running = null

  const stop = page.clock.onTick(() => {
    if (shown) showTimes(shown)
    if (shown && running && performance.now() - running.seenMs > SILENT_MS) {
      running = null
      showCycle(shown)
    }
  })

  /** @param {Present} present */
  function showTimes({ status, today }) {
    const now = page.clock.now() ?? Date.parse(status.at)
    const entries = entriesAt(today.slots, null)
    const slot = entries[0]?.timestamp ?? null
    if (slot === null) {
      last.absent('nothing is stored on this day', { reason: 'nothing is stored on this day' })
    } else {
      const age = duration((now - Date.parse(slot)) / 1_000)
      const landed = entries.filter(({ rows }) => rows > 0).map(({ symbol }) => symbol)
      const text = `${age} old · ${landed.length} of ${today.symbols.length} symbols`
      last.set(minuteTime(slot), text, { slot, source: 'ledger', note: `stored: ${landed.join(', ')}` })
    }
    if (status.next_slot === null) {
      next.absent('no session is known within a month', { reason: 'no session is known within a month' })
      return
    }
    const { slot: due, symbols } = status.next_slot
    const wait = (Date.parse(due) - now) / 1_000
    const isToday = newYorkDay(due) === newYorkDay(now)
    const day = isToday ? '' : `${dayName(newYorkDay(due))} · `
    const text = wait > 0 ? `${day}in ${duration(wait)}` : `${day}due`
    next.set(minuteTime(due), text, { source: 'timetable', note: `for ${symbols.join(', ')}` })
  }

  /** @param {Present} present */
  function showCoverage({ today }) {
    const counts = today.symbols.map((symbol) => coverageOf(daySlots(today, symbol)))
    const sum = (/** @type {'due' | 'stored' | 'partial' | 'missing' | 'absent'} */ name) =>
      counts.reduce((all, one) => all + one[name], 0)
    const [due, stored, partial, missing] = [sum('due'), sum('stored'), sum('partial'), sum('missing')]
    const from = { source: 'ledger and timetable', note: `slots of all symbols on ${dayName(today.date)}` }
    if (due === 0) {
      coverage.absent('no slot was due yet', { ...from, reason: 'no slot was due yet' })
      return
    }
    if (sum('absent') === due) {
      coverage.absent('the ledger has no entry of this day', {
        ...from,
        reason: 'nothing was collected or recorded as missing',
      })
      return
    }
    const text = `${stored} stored · ${partial} partial · ${missing} missing of ${due}`
    const share = (100 * (stored + partial)) / due
    // Rounded up, a hole would look like none.
    coverage.set(`${(Math.floor(share * 10) / 10).toFixed(share === 100 ? 0 : 1)} %`, text, from)
    coverage.meter((stored + partial) / due)
    coverage.state(missing > 0 ? 'fail' : partial > 0 ? 'warn' : 'ok')
  }

  /** @param {Present} present */
  function showRate({ status, today }) {
    const limit = status.limits.contracts_per_second
    const known = cycleRate(entriesAt(today.slots, null))
    const perSecond = running?.event.contracts_per_second ?? known?.perSecond ?? null
    const peak = status.limits.peak_messages_per_second
    const from = {
      source: running ? 'the cycle that runs' : 'ledger: the last cycle from its start to its rows',
      note: `limit: ${status.limits.messages_per_second} messages/s, two a contract; most so far ${count(peak)} messages/s; lines in use ${count(status.limits.lines_in_use)} of ${status.limits.lines}`,
    }
    if (perSecond === null) {
      rate.absent(`limit ${decimals(limit, 0)}`, { ...from, reason: 'no cycle has run on this day' })
      return
    }
    const when = running ? 'now' : 'last cycle'
    rate.set(decimals(perSecond, perSecond < 10 ? 1 : 0), `${when} · limit ${decimals(limit, 0)}`, from)
    rate.meter(perSecond / limit)
  }

  /** @param {Present} present */
  function showCycle({ status }) {
    if (running) {
      const { phase, slot, requested, answered } = running.event
      const from = { slot, source: 'the cycle that runs' }
      cycle.set(phase, `${minuteTime(slot)} · ${count(answered)} of ${count(requested)} contracts`, from)
      cycle.meter(requested > 0 ? answered / requested : 0)
      return
    }
    const seconds = status.cycle_seconds
    const from = { source: 'scheduler', as_of: status.at }
    if (seconds !== null) cycle.set('running', `for ${duration(seconds)}`, from)
    else if (!status.connected) cycle.set('waiting', 'the gateway is not connected', from)
    else cycle.set('idle', status.session ? 'until the next slot' : 'no session is open', from)
    cycle.meter(null)
    cycle.state(status.connected ? null : 'fail')
  }

  return {
    element: made,
    /** @param {Present} present */
    show(present) {
      shown = present
      const { status, today } = present
      if (status.cycle_seconds === null) running = null
      const kind = dataKind(status.origin, entriesAt(today.slots, null))
      data.set(kind.word, kind.text, { source: status.source, note: status.clock.words })
      data.state(kind.state)
      showTimes(present)
      showCoverage(present)
      showRate(present)
      showCycle(present)
    },
    /** @param {PageEvents['cycle']} event */
    showCycle(event) {
      running = event.phase === 'idle' ? null : { event, seenMs: performance.now() }
      if (!shown) return
      showRate(shown)
      showCycle(shown)
    },
    destroy: stop,
  }
}

/** @param {string} label */
function tile(label) {
  const figure = createFigure({ label, size: 'large' })
  const detail = element('span', { className: 'soft' })
  const fill = element('i')
  const meter = element('div', { className: 'meter', attributes: { 'aria-hidden': 'true' } }, [fill])
  meter.hidden = true
  const made = element('div', { className: 'tile' }, [figure.element, detail, meter])
  return {
    element: made,
    /**
     * @param {string} text
     * @param {string} more
     * @param {import('../../charts/provenance.js').Provenance} from
     */
    set(text, more, from) {
      figure.set({ text, from: { ...from, reason: null } })
      setText(detail, more)
    },
    /**
     * A value that is not known keeps neither the colour nor the meter of one that was.
     *
     * @param {string} more
     * @param {import('../../charts/provenance.js').Provenance} from
     */
    absent(more, from) {
      this.set(ABSENT, more, from)
      this.state(null)
      this.meter(null)
    },
    /** @param {'ok' | 'warn' | 'fail' | null} next */
    state(next) {
      const name = next === null ? 'tile' : `tile ${next}`
      if (made.className !== name) made.className = name
    },
    /** @param {number | null} fraction */
    meter(fraction) {
      meter.hidden = fraction === null
      if (fraction !== null) fill.style.width = `${(100 * Math.min(1, Math.max(0, fraction))).toFixed(1)}%`
    },
  }
}
