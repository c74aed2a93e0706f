import { createFigure } from '../../charts/figure.js'
import { createTable } from '../../charts/table.js'
import { element, setText } from '../../dom.js'
import { ABSENT, count, decimals } from '../../text/number.js'
import { slotReasonText } from '../../text/reason.js'
import { clockTime, dayName, newYorkDay } from '../../text/time.js'
import { createViewBody } from '../view-body.js'

/**
 * The connection now: lines, messages, the gateway's own words, and what does not work.
 *
 * @import { GatewayView } from '../../../views/gateway-view.ts'
 * @import { Page } from '../../view.ts'
 *
 * @typedef {GatewayView & { readonly source: string }} GatewayAnswer
 */

const PATH = '/api/views/gateway'

/** @param {Page} page */
export function createGatewaySection(page) {
  const made = element('section', {}, [element('h2', { text: 'Gateway, now' })])
  const body = createViewBody(made)
  const state = element('p', { className: 'what' })
  const cycle = element('p', { className: 'soft', attributes: { 'aria-live': 'off' } })
  const lines = createFigure({ label: 'lines in use' })
  const usable = createFigure({ label: 'usable lines' })
  const messages = createFigure({ label: 'messages a second, peak' })
  const opened = createFigure({ label: 'sessions opened' })
  const notices = createTable({
    caption: 'Notices of the gateway, the last of each code',
    columns: [
      { key: 'at', title: 'last' },
      { key: 'code', title: 'code', kind: 'number', isHeading: true },
      { key: 'count', title: 'times', kind: 'number' },
      { key: 'message', title: 'in its own words' },
      { key: 'advice', title: 'what to do' },
    ],
    empty: 'the gateway has said nothing of note since the start',
  })
  const problems = createTable({
    caption: 'What does not work at the moment',
    columns: [
      { key: 'what', title: 'what', isHeading: true },
      { key: 'since', title: 'since' },
      { key: 'message', title: 'in words' },
    ],
    empty: 'nothing is broken at the moment',
  })
  body.content.append(
    state,
    cycle,
    element(
      'div',
      { className: 'figures' },
      [lines, usable, messages, opened].map((one) => one.element),
    ),
    element('h3', { text: 'Notices' }),
    notices.element,
    element('h3', { text: 'Broken or incomplete now' }),
    problems.element,
  )

  /** @param {GatewayAnswer} answer */
  function fill(answer) {
    const { session, limits, connected, reason, detail, advice, since, source } = answer
    const why = [slotReasonText(reason), detail ?? ''].filter((part) => part !== '').join(': ')
    const words = connected ? 'Connected' : 'Not connected'
    setText(
      state,
      [`${words} since ${when(since)}${why === '' ? '' : `: ${why}`}.`, advice ?? ''].join(' ').trim(),
    )
    state.className = connected && reason === null ? 'what ok' : connected ? 'what warn' : 'what fail'
    const from = { as_of: answer.at, source, ...(session === null && { reason: 'there is no session' }) }
    lines.set({
      text: session ? `${session.lines_in_use} of ${limits.lines}` : ABSENT,
      from: { ...from, note: session ? `${session.lines_awaited} requests wait for a line` : null },
    })
    usable.set({
      text: session ? String(session.lines_usable) : ABSENT,
      from: { ...from, basis: 'as learned from its refusals' },
      state: session && session.lines_usable < limits.lines ? 'warn' : null,
    })
    messages.set({
      text: session ? `${session.peak_messages_per_second} of ${limits.messages_per_second}` : ABSENT,
      from: { ...from, note: session ? `${count(session.messages_sent)} sent in this session` : null },
    })
    opened.set({
      text: count(answer.sessions_opened),
      from: { as_of: answer.at, source, note: `since the start, ${when(answer.started_at)}` },
    })
    notices.setRows(
      answer.notices.map(({ code, message, at, count: times, advice: what }) => ({
        ...{ at: when(at), code: String(code), count: count(times), message, advice: what ?? ABSENT },
      })),
    )
    problems.setRows(brokenOf(answer))
  }

  const unsubscribe = page.onEvent('cycle', ({ phase, requested, answered, contracts_per_second }) => {
    const rate =
      contracts_per_second === null ? '' : `, ${decimals(contracts_per_second, 0)} contracts a second`
    setText(cycle, `${phase}: ${count(answered)} of ${count(requested)} contracts answered${rate}`)
  })

  return {
    element: made,
    show: () => body.load((signal) => page.read(PATH, { signal }), fill),
    destroy: () => {
      unsubscribe()
      body.destroy()
    },
  }
}

/** @param {GatewayAnswer} answer */
function brokenOf({ breakers, chains, bars, surface, operations, lake_fault }) {
  const row = (
    /** @type {string} */ what,
    /** @type {{ message: string, since: string | null }} */ problem,
  ) => ({
    ...{ what, since: problem.since === null ? ABSENT : when(problem.since), message: problem.message },
  })
  return [
    ...(lake_fault ? [row('lake', lake_fault)] : []),
    ...breakers
      .filter(({ state }) => state !== 'closed')
      .map(({ symbol, state, since }) => row(`breaker of ${symbol}`, { message: state, since })),
    ...chains.flatMap(({ symbol, problem, missing }) =>
      problem === null && missing === 0
        ? []
        : [
            row(`chain of ${symbol}`, {
              message: problem ?? `${count(missing)} expirations are not listed yet`,
              since: null,
            }),
          ],
    ),
    ...(bars?.problems ?? []).map((problem) => row('bars', problem)),
    ...(surface?.problem ? [row('surface', surface.problem)] : []),
    ...operations.map((problem) => row('operations', problem)),
  ]
}

/** @param {string} iso */
function when(iso) {
  return `${dayName(newYorkDay(iso))} ${clockTime(iso)}`
}
