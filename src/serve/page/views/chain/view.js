import { createFigure } from '../../charts/figure.js'
import { createTable } from '../../charts/table.js'
import { element, setText } from '../../dom.js'
import { count } from '../../text/number.js'
import { earlierSlotLines } from '../../text/slot.js'
import { createSelect } from '../select.js'
import { createViewBody } from '../view-body.js'
import {
  cellText,
  columnsOf,
  csvOf,
  expirationName,
  isInTheMoney,
  isShown,
  priceText,
  provenanceOf,
  SETTINGS,
  settingsOf,
  strikesShown,
} from './chain-rows.js'

/**
 * One expiration of a stored chain: calls, strike, puts.
 *
 * @import { ChainTable } from '../../../views/chain-table.ts'
 * @import { Row, Table } from '../../charts/table.js'
 * @import { ViewState } from '../../view.ts'
 * @import { ChainSettings } from './chain-rows.js'
 *
 * @typedef {ChainTable & { readonly source: string }} ChainAnswer
 */

const LABELS = { columns: 'Columns', strikes: 'Strikes', sides: 'Sides', rows: 'Contracts' }
const NAMES = /** @type {const} */ (['columns', 'strikes', 'sides', 'rows'])

/** @type {import('../../view.ts').View} */
export const view = {
  name: 'chain',
  title: 'Chain',
  needsSymbol: true,
  mount(root, page) {
    const body = createViewBody(root)
    const expirations = createSelect({
      label: 'Expiration',
      onChoose: (value) => {
        const [expiry = null, tradingClass = null] = value.split('|')
        page.setOptions({ expiry, class: tradingClass })
      },
    })
    const selects = NAMES.map((name) => {
      const select = createSelect({
        label: LABELS[name],
        onChoose: (value) => page.setOptions({ [name]: value }),
      })
      const choices = SETTINGS[name].map(([value, text]) => ({ value, text }))
      return { element: select.element, show: () => select.show(choices, settings[name]) }
    })
    const save = element('button', { text: 'Save as CSV', attributes: { type: 'button' } })
    save.addEventListener('click', () => shown && download(shown, settings))
    const price = createFigure({ label: 'underlying' })
    const contracts = createFigure({ label: 'contracts stored' })
    const place = element('div', { className: 'chain-table' })
    const earlier = element('p', { className: 'soft' })
    const notListed = element('p', { className: 'view-message', text: NOT_LISTED })
    const note = element('p', {
      className: 'soft',
      text: '◆ the strike nearest to the underlying. Shaded: in the money. Prices in dollars; OI: open interest of the evening before.',
    })
    body.content.append(
      element('div', { className: 'toolbar' }, [
        expirations.element,
        ...selects.map((one) => one.element),
        save,
      ]),
      element('div', { className: 'figures' }, [price.element, contracts.element]),
      earlier,
      notListed,
      place,
      note,
    )
    /** @type {ChainAnswer | null} */
    let shown = null
    let settings = settingsOf({})
    /** @type {{ readonly table: Table, readonly key: string } | null} */
    let table = null

    /** A table for other columns is a new one; playing changes only its texts. */
    function tableFor() {
      const columns = columnsOf(settings)
      const key = `${settings.columns} ${settings.sides}`
      if (table?.key === key) return table.table
      const made = createTable({
        caption: 'Chain: calls, strike, puts',
        columns: [
          ...columns.calls.map(({ key: name, title }) => ({ key: `c_${name}`, title, kind: number })),
          { key: 'strike', title: 'strike', kind: number, isHeading: true },
          ...columns.puts.map(({ key: name, title }) => ({ key: `p_${name}`, title, kind: number })),
        ],
        empty: 'no contract of this expiration passes the filters',
      })
      const groups = element('tr', { className: 'groups' }, [
        ...group('Calls', columns.calls.length),
        element('td'),
        ...group('Puts', columns.puts.length),
      ])
      made.element.querySelector('thead')?.prepend(groups)
      place.className = `chain-table columns-${settings.columns}`
      place.replaceChildren(made.element)
      table = { table: made, key }
      return made
    }

    /** @param {ChainAnswer} answer @param {string | null} at */
    function fill(answer, at) {
      shown = answer
      setText(earlier, earlierSlotLines(answer.slot, at).join(''))
      showExpirations(answer)
      const isListed = answer.reason === null
      for (const one of [place, note]) one.hidden = !isListed
      notListed.hidden = isListed
      save.disabled = !isListed
      price.set({
        text: priceText(answer.underlying_price),
        from: {
          slot: answer.slot,
          basis: 'median over the rows of the expiration',
          source: 'underlying',
          ...(answer.underlying_price === null && { reason: 'no row has a price of the underlying' }),
        },
      })
      contracts.set({
        text: count(answer.chosen?.contracts ?? null),
        from: { slot: answer.slot, source: 'chain', note: 'rows of this expiration in this slot' },
      })
      tableFor().setRows(rowsOf(answer, settings))
    }

    /** @param {ChainAnswer} answer */
    function showExpirations({ expirations: all, chosen }) {
      const nameOf = (/** @type {{ expiry: string, trading_class: string }} */ one) =>
        `${one.expiry}|${one.trading_class}`
      expirations.show(
        all.map((one) => ({ value: nameOf(one), text: expirationName(one, all) })),
        chosen ? nameOf(chosen) : '',
      )
    }

    return {
      show: (state) => {
        settings = settingsOf(state.options)
        for (const select of selects) select.show()
        if (state.at === null) return body.absent('nothing is stored yet')
        body.load(
          (signal) => page.read(pathOf(state), { signal }),
          (/** @type {ChainAnswer} */ answer) => {
            if (answer.reason === 'no_chain') return body.absent('no chain is stored at or before this time')
            fill(answer, state.at)
          },
        )
      },
      requests: (state) => (state.at === null ? [] : [pathOf(state)]),
      destroy: () => body.destroy(),
    }
  },
}

const NOT_LISTED = 'this slot has no contracts of the expiration in the address: choose another one'

const number = /** @type {const} */ ('number')

/**
 * @param {string} title
 * @param {number} columns
 */
function group(title, columns) {
  return columns === 0
    ? []
    : [element('th', { text: title, attributes: { colspan: String(columns), scope: 'colgroup' } })]
}

/** @param {ViewState} state */
function pathOf({ symbol, at, options }) {
  const asked = new URLSearchParams()
  if (at !== null) asked.set('at', at)
  if (/^\d{8}$/.test(options.expiry ?? '')) asked.set('expiry', options.expiry ?? '')
  if (options.expiry !== undefined && /^[A-Z0-9. ]{1,16}$/.test(options.class ?? ''))
    asked.set('class', options.class ?? '')
  return `/api/views/chain/${encodeURIComponent(symbol)}?${asked}`
}

/**
 * @param {ChainAnswer} answer
 * @param {ChainSettings} settings
 * @returns {Row[]}
 */
function rowsOf(answer, settings) {
  const columns = columnsOf(settings)
  return strikesShown(answer, settings).map((at) => {
    const isNearest = at === answer.at_the_money
    const cells = /** @type {const} */ (['calls', 'puts']).flatMap((side) => {
      const isWanted = isShown(answer, side, at, settings)
      const className = isInTheMoney(answer, side, at) ? 'in-the-money' : ''
      return columns[side].map((column) => [
        `${side.slice(0, 1)}_${column.key}`,
        isWanted
          ? {
              text: cellText(answer[side], column, at),
              className,
              from: provenanceOf(answer, side, column, at),
            }
          : { text: '', className },
      ])
    })
    const strike = String(answer.strike[at])
    return {
      ...Object.fromEntries(cells),
      strike: { text: isNearest ? `◆ ${strike}` : strike, className: 'strike' },
      rowClass: isNearest ? 'at-the-money' : '',
    }
  })
}

/**
 * Saves what is shown.
 *
 * @param {ChainAnswer} answer
 * @param {ChainSettings} settings
 */
function download(answer, settings) {
  const link = element('a')
  const url = URL.createObjectURL(new Blob([csvOf(answer, settings)], { type: 'text/csv' }))
  link.href = url
  const time = (answer.slot ?? '').slice(0, 16).replaceAll(/[-:]/g, '')
  link.download = `${answer.symbol}-${answer.chosen?.expiry ?? 'chain'}-${time}Z.csv`
  link.click()
  URL.revokeObjectURL(url)
}
