/* The view "Smile": quotes and fitted curves of up to five expirations of a slot, against the session before. */
import { createTable } from '../../charts/table.js'
import { element, setText } from '../../dom.js'
import { createViewBody } from '../view-body.js'
import { createSmileChart } from './smile-chart.js'
import { createSmileControls } from './smile-controls.js'
import { smileOptions, smilePath } from './smile-options.js'
import { doubtfulMasks, drawnSmile, rangesOf, widened } from './smile-points.js'
import {
  absenceOf,
  describeQuote,
  FIT_COLUMNS,
  fitRows,
  noteLines,
  smileName,
  smileTable,
  summaryOf,
} from './smile-text.js'

/**
 * @import { SmileBody } from '../../../views/smile-api.ts'
 * @import { ViewState } from '../../view.ts'
 */

/** @type {import('../../view.ts').View} */
export const view = {
  name: 'smile',
  title: 'Smile',
  needsSymbol: true,
  mount(root, page) {
    const body = createViewBody(root)
    const controls = createSmileControls((change) => page.setOptions(change))
    const chart = createSmileChart(page.theme)
    const notes = element('p', { className: 'smile-notes soft' })
    const fits = createTable({
      caption: 'Forward and fit of each expiration',
      columns: FIT_COLUMNS,
      empty: 'no expiration to show',
    })
    body.content.append(controls.element, chart.element, notes, fits.element)
    /** The axes while playing, and what they are of. @type {{ key: string, x: [number, number], y: [number, number] } | null} */
    let held = null

    /** @param {SmileBody} answer @param {ViewState} state */
    function show(answer, state) {
      const options = smileOptions(state.options)
      controls.show(answer, options)
      setText(notes, noteLines(answer, state).join(' '))
      fits.setRows(fitRows(answer))
      const drawn = answer.smiles.map((smile) => drawnSmile(smile, options.axis))
      const ranges = rangesOf(drawn, options.axis)
      if (!ranges) return chart.setAbsent(absenceOf(answer))
      const key = [state.symbol, state.date, options.axis, options.quotes, options.expirations].join(' ')
      const known = state.isPlaying && held?.key === key ? held : null
      held = { key, x: widened(known?.x ?? null, ranges.x), y: widened(known?.y ?? null, ranges.y) }
      chart.setData({
        ...{ drawn, axis: options.axis, ranges: held, spot: answer.spot },
        doubtful: doubtfulMasks(answer.flag_names),
        nameOf: smileName,
        describe: (smile, quote) => describeQuote(answer, { smile, quote }),
        summary: summaryOf(answer),
        table: () => smileTable(answer),
      })
    }

    return {
      show: (state) => {
        const path = smilePath(state)
        if (path === null) return body.absent(`No slot of ${state.symbol} is stored yet.`)
        body.load(
          (signal) => page.read(path, { signal }),
          (answer) => show(answer, state),
        )
      },
      requests: (state) => [smilePath(state)].flatMap((path) => path ?? []),
      destroy: () => {
        body.destroy()
        chart.destroy()
      },
    }
  },
}
