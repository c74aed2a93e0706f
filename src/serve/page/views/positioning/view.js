import { createBars } from '../../charts/bars.js'
import { createFigure, figureOf } from '../../charts/figure.js'
import { createLineChart } from '../../charts/line-chart.js'
import { rangeOf } from '../../charts/scale.js'
import { createTable } from '../../charts/table.js'
import { element, setText } from '../../dom.js'
import { decimals } from '../../text/number.js'
import { reasonText } from '../../text/reason.js'
import { earlierSlotLines } from '../../text/slot.js'
import { dayName } from '../../text/time.js'
import { expiryName } from '../expected-move/move-text.js'
import { createSelect } from '../select.js'
import { createViewBody } from '../view-body.js'
import {
  absence,
  assumptionText,
  changeText,
  contracts,
  distinctDates,
  dollars,
  EXPIRATION_COLUMNS,
  expirationRows,
  positioningOptions,
  positioningPath,
  SHOWN,
} from './positioning-text.js'
import { markersOf, negated, strikeBars, strikeName, WIDTHS } from './strike-bars.js'

/**
 * @import { PositioningByStrike } from '../../../../analytics/answers/positioning-by-strike.ts'
 * @import { ViewState } from '../../view.ts'
 */

/** @type {import('../../view.ts').View} */
export const view = {
  name: 'positioning',
  title: 'Positioning',
  needsSymbol: true,
  mount(root, page) {
    const { theme } = page
    const body = createViewBody(root)
    const figures = {
      exposure: createFigure({ label: 'Gamma exposure per 1\u00a0%', size: 'large' }),
      flip: createFigure({ label: 'Gamma flip', size: 'large' }),
      ratio: createFigure({ label: 'Put/call, open interest' }),
      volume: createFigure({ label: 'Put/call, volume' }),
      calls: createFigure({ label: 'Change of calls' }),
      puts: createFigure({ label: 'Change of puts' }),
    }
    const assumption = element('p', { className: 'assumption' })
    const expiry = createSelect({
      label: 'Expiration',
      onChoose: (value) => page.setOptions({ expiry: value === '' ? null : value }),
    })
    const shown = createSelect({
      label: 'Show',
      onChoose: (value) => page.setOptions({ show: value === 'oi' ? null : value }),
    })
    const width = createSelect({
      label: 'Strikes',
      onChoose: (value) => page.setOptions({ width: value === '10' ? null : value }),
    })
    const interest = createBars({
      ...{ theme, title: 'Open interest by strike', note: 'Calls up, puts down.', category: 'strike' },
      series: [
        { key: 'calls', label: 'calls', color: 0 },
        { key: 'puts', label: 'puts', color: 1 },
      ],
      ...{ format: contracts, isStacked: true, height: 280 },
    })
    const change = createBars({
      ...{ theme, title: 'Change of open interest by strike', category: 'strike' },
      series: [
        { key: 'calls', label: 'calls', color: 0 },
        { key: 'puts', label: 'puts', color: 1 },
      ],
      ...{ format: changeText, height: 280 },
    })
    const gamma = createBars({
      ...{ theme, title: 'Gamma exposure by strike', note: 'Calls up, puts down: an assumption.' },
      ...{ category: 'strike', format: dollars, isStacked: true, height: 280 },
      series: [
        { key: 'calls', label: 'calls', color: 0 },
        { key: 'puts', label: 'puts', color: 1 },
      ],
    })
    const profile = createLineChart({
      ...{ theme, title: 'Gamma exposure at other prices of the underlying', x: 'number', height: 240 },
      note: 'Each contract priced again at its own volatility: at the price of the slot, somewhat other than the sum of stored gammas above.',
      xAxis: { unit: 'price of the underlying, $', format: (value) => decimals(value, 0) },
      left: { unit: '$ per 1 %', format: dollars },
      series: [
        { key: 'zero', label: 'zero', color: 'soft', width: 1, format: dollars },
        { key: 'exposure', label: 'gamma exposure', color: 'accent', width: 2, format: dollars },
      ],
    })
    const table = createTable({ caption: 'Open interest by expiration', columns: EXPIRATION_COLUMNS })
    body.content.append(
      element(
        'div',
        { className: 'panel figures' },
        Object.values(figures).map((one) => one.element),
      ),
      assumption,
      element('div', { className: 'choices' }, [expiry.element, shown.element, width.element]),
      element('div', { className: 'columns' }, [
        interest.element,
        change.element,
        gamma.element,
        profile.element,
      ]),
      element('section', { className: 'panel' }, [element('h2', { text: 'Each expiration' }), table.element]),
    )
    /** Ranges while playing: they only widen. @type {{ key: string, ranges: Map<string, readonly [number, number]> }} */
    let held = { key: '', ranges: new Map() }

    /**
     * @param {string} name
     * @param {readonly (number | null)[]} values
     */
    function rangeFor(name, values) {
      const own = rangeOf(values, { zero: true }) ?? [0, 1]
      const known = held.ranges.get(name) ?? own
      const range = /** @type {const} */ ([Math.min(own[0], known[0]), Math.max(own[1], known[1])])
      held.ranges.set(name, range)
      return range
    }

    /**
     * @param {PositioningByStrike} answer
     * @param {ViewState} state
     */
    function show(answer, state) {
      const chosen = positioningOptions(state.options)
      const { date, listed } = answer
      expiry.show(
        [
          { value: '', text: 'all together' },
          ...distinctDates(listed).map((one) => ({ value: one.expiry, text: expiryName(one, [one], date) })),
        ],
        chosen.expiry,
      )
      shown.show(SHOWN, chosen.show)
      width.show(WIDTHS, chosen.width)
      const key = [state.symbol, state.date, ...Object.values(chosen)].join(' ')
      if (!state.isPlaying || held.key !== key) held = { key, ranges: new Map() }
      showFigures(answer)
      setText(assumption, [...earlierSlotLines(answer.slot, state.at), assumptionText(answer)].join(' '))
      interest.element.hidden = chosen.show === 'change'
      change.element.hidden = chosen.show !== 'change'
      showStrikes(answer, chosen)
      showProfile(answer)
      table.setRows(expirationRows(answer))
    }

    /** @param {PositioningByStrike} answer */
    function showFigures({ figures: given, slot }) {
      const none = { value: null, reason: 'no slot with options is stored', slot }
      const of = (/** @type {keyof NonNullable<typeof given>} */ name) => {
        const figure = given?.[name]
        if (!figure) return none
        const { value, assumption: taken, oi_date, unit, definition, ...rest } = figure
        const note = [taken && `assumption: ${taken}`, oi_date && `open interest of ${dayName(oi_date)}`]
        return {
          ...rest,
          slot,
          value: typeof value === 'number' ? value : null,
          basis: [definition, unit].filter(Boolean).join(', '),
          note: note.filter(Boolean).join('; '),
        }
      }
      figures.exposure.set(
        figureOf(of('gamma_exposure'), (value) => `$${dollars(value)}`.replace('$−', '−$')),
      )
      figures.flip.set(figureOf(of('gamma_flip'), (value) => decimals(value, 2)))
      figures.ratio.set(figureOf(of('put_call_oi_ratio'), (value) => decimals(value, 2)))
      figures.volume.set(figureOf(of('put_call_volume_ratio'), (value) => decimals(value, 2)))
      figures.calls.set(figureOf(of('oi_change_calls'), changeText))
      figures.puts.set(figureOf(of('oi_change_puts'), changeText))
    }

    /**
     * @param {PositioningByStrike} answer
     * @param {ReturnType<typeof positioningOptions>} chosen
     */
    function showStrikes(answer, chosen) {
      const bars = strikeBars(answer, chosen.width)
      const { columns } = bars
      const categories = bars.strikes.map(strikeName)
      const flip = answer.figures?.gamma_flip.value
      const pain = answer.expirations.length === 1 ? (answer.expirations[0]?.max_pain ?? null) : null
      const spot = { price: answer.price, label: 'price' }
      const summed = bars.step === 0 ? '' : ` Strikes are summed by ${strikeName(bars.step)} dollars.`
      const about = `${categories.length} bars from ${categories[0] ?? ''} to ${categories.at(-1) ?? ''}.${summed}`
      const isEmpty = (/** @type {readonly (number | null)[]} */ ...values) =>
        values.every((one) => one === null)
      const calls = chosen.show === 'change' ? columns.call_change : columns.call_oi
      const puts = chosen.show === 'change' ? columns.put_change : negated(columns.put_oi)
      const chart = chosen.show === 'change' ? change : interest
      if (isEmpty(...calls, ...puts)) chart.setAbsent(absence(answer, chosen.show))
      else {
        chart.setData({
          ...{ categories, columns: { calls, puts }, yRange: rangeFor(chosen.show, [...calls, ...puts]) },
          ...{ markers: markersOf(bars, [spot, { price: pain, label: 'max pain' }]), summary: about },
        })
      }
      const [up, down] = [columns.call_exposure, columns.put_exposure]
      if (isEmpty(...up, ...down)) return gamma.setAbsent(absence(answer, 'gamma'))
      gamma.setData({
        ...{ categories, columns: { calls: up, puts: down }, yRange: rangeFor('gamma', [...up, ...down]) },
        markers: markersOf(bars, [spot, { price: typeof flip === 'number' ? flip : null, label: 'flip' }]),
        summary: `${about} ${assumptionText(answer)}`,
      })
    }

    /** @param {PositioningByStrike} answer */
    function showProfile({ profile: { prices, exposures }, price, figures: given }) {
      const reason = given?.gamma_flip.reason ?? 'no slot with options is stored'
      if (prices.length === 0) return profile.setAbsent(`No profile: ${reasonText(reason)}.`)
      const flip = given?.gamma_flip.value
      profile.setData({
        ...{ x: prices, columns: { exposure: exposures, zero: prices.map(() => 0) }, marker: price },
        yRange: rangeFor('profile', exposures),
        summary:
          typeof flip === 'number'
            ? `Nearest to the price of ${decimals(price, 2)} the exposure changes sign at ${decimals(flip, 2)}.`
            : 'The exposure has one sign over all these prices.',
      })
    }

    return {
      show: (state) => {
        const path = positioningPath(state)
        if (path === null) return body.absent(`No slot of ${state.symbol} is stored yet.`)
        body.load(
          (signal) => page.read(path, { signal }),
          (/** @type {PositioningByStrike} */ answer) => {
            if (answer.slot === null)
              return body.absent(`No chain of ${state.symbol} is stored for this slot.`)
            show(answer, state)
          },
        )
      },
      requests: (state) => [positioningPath(state)].flatMap((path) => path ?? []),
      destroy: () => {
        body.destroy()
        for (const chart of [interest, change, gamma, profile]) chart.destroy()
      },
    }
  },
}
