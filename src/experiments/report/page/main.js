/**
 * Connects the parts of the report.
 *
 * @import { PageData } from '../page-data.ts'
 */
import { createRunView } from './run-view.js'
import { makeTablesFilterable, makeTablesSortable } from './tables.js'

makeTablesSortable()
makeTablesFilterable()
const dataBlock = document.getElementById('data')
if (dataBlock) startRunView(JSON.parse(dataBlock.textContent))

/** @param {PageData} data */
function startRunView({ runs }) {
  const view = createRunView(runs)
  const selects = ['scenario', 'experiment', 'name'].map(
    (id) => /** @type {HTMLSelectElement} */ (document.getElementById(`choose-${id}`)),
  )
  const [scenario, experiment, name] =
    /** @type {[HTMLSelectElement, HTMLSelectElement, HTMLSelectElement]} */ (selects)

  /** @param {number} index */
  function choose(index) {
    const run = runs[index]
    if (!run) return
    fill(scenario, unique(runs.map((one) => one.scenario)), run.scenario)
    const same = runs.filter((one) => one.scenario === run.scenario)
    fill(experiment, unique(same.map((one) => one.experiment)), run.experiment)
    const names = same.filter((one) => one.experiment === run.experiment).map((one) => one.name)
    fill(name, names, run.name)
    view.show(index)
  }

  /** The run with the chosen values, as far as there is one: the leftmost choice counts most. */
  function chosen() {
    const isOf = (/** @type {typeof runs[number]} */ run, /** @type {number} */ values) =>
      run.scenario === scenario.value &&
      (values < 2 || run.experiment === experiment.value) &&
      (values < 3 || run.name === name.value)
    for (const values of [3, 2, 1]) {
      const index = runs.findIndex((run) => isOf(run, values))
      if (index >= 0) return index
    }
    return 0
  }

  for (const select of selects) select.addEventListener('change', () => choose(chosen()))
  for (const button of document.querySelectorAll('button[data-run]')) {
    button.addEventListener('click', () => {
      choose(Number(button.getAttribute('data-run')))
      document.getElementById('run')?.scrollIntoView()
      document.getElementById('panels')?.focus({ preventScroll: true })
    })
  }
  const first = runs.findIndex(({ baseline }) => baseline !== null)
  choose(Math.max(0, first))
}

/**
 * @param {HTMLSelectElement} select
 * @param {string[]} values
 * @param {string} value
 */
function fill(select, values, value) {
  select.replaceChildren(
    ...values.map((text) => {
      const option = document.createElement('option')
      option.textContent = text
      option.value = text
      return option
    }),
  )
  select.value = value
}

/** @param {string[]} values */
function unique(values) {
  return [...new Set(values)]
}
