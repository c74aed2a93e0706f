import { escapeText } from './charts/svg.ts'

/** One column of a table. */
export interface Column<Row> {
  readonly title: string
  /** What the column means, shown as a tip at its head. */
  readonly meaning?: string
  /** What is shown. It is escaped here. */
  readonly text: (row: Row) => string
  /** A number to sort by, null when it is absent; without this the column is text. */
  readonly value?: (row: Row) => number | null
  /** The text may take several lines. */
  readonly wraps?: true
}

/** A table whose columns can be sorted. `action` is put before the first cell of each row. */
export function table<Row>(
  id: string,
  caption: string,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  action?: (row: Row) => string,
): string {
  const heads = columns.map(({ title, meaning, value }) => {
    const tip = meaning === undefined ? '' : ` title="${escapeText(meaning)}"`
    return `<th scope="col" aria-sort="none"${value ? ' class="number"' : ''}${tip}><button type="button">${escapeText(title)}</button></th>`
  })
  const body = rows.map((row) => {
    const cells = columns.map(({ text, value, wraps }) => {
      if (!value) return `<td${wraps ? ' class="text"' : ''}>${escapeText(text(row))}</td>`
      const number = value(row)
      return `<td class="number" data-value="${number ?? ''}">${escapeText(text(row))}</td>`
    })
    return `<tr>${action ? `<td class="screen">${action(row)}</td>` : ''}${cells.join('')}</tr>`
  })
  const actionHead = action ? '<th scope="col" class="screen"></th>' : ''
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeText(caption)}"><table class="sortable" id="${id}"><thead><tr>${actionHead}${heads.join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`
}

/** A part of the page with a heading, which the list of contents names. */
export interface Section {
  readonly id: string
  readonly title: string
  readonly html: string
}

/** A figure with what it says about its runs and its quantities. Both texts are plain and are escaped here. */
export function figure(body: string, { runs, meaning }: { runs: string; meaning: string }): string {
  return `<figure>${body}<figcaption><p>${escapeText(meaning)}</p><p><b>Runs:</b> ${escapeText(runs)}</p></figcaption></figure>`
}

export function charts(svgs: readonly string[]): string {
  return `<div class="charts">${svgs.join('')}</div>`
}
