/** Text for HTML and SVG, in elements and in quoted attributes. Everything that comes from a file passes through here. */
export function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** A coordinate, with as many digits as can be seen. */
export function at(value: number): string {
  return String(Math.round(value * 10) / 10)
}

/** Width of the small charts, in units of their text; they are shown at about this width on a phone and side by side. */
export const CHART_WIDTH = 350

/** A text at a place; `style` is a class of the page's style sheet. */
export function label(
  text: string,
  x: number,
  y: number,
  { anchor = 'start', style = 'soft' }: { anchor?: 'start' | 'middle' | 'end'; style?: string } = {},
): string {
  return `<text class="${style}" x="${at(x)}" y="${at(y)}" text-anchor="${anchor}">${escapeText(text)}</text>`
}

/** About the width of a text of 12 units, which fonts make more or less of. */
export function textWidth(text: string): number {
  return text.length * 6.3
}

/** Labels below the ticks of a horizontal axis; one that would touch its neighbour is left out. */
export function axisLabels(
  ticks: readonly { readonly x: number; readonly text: string }[],
  y: number,
): string {
  let end = Number.NEGATIVE_INFINITY
  return ticks
    .map(({ x, text }) => {
      const half = textWidth(text) / 2
      if (x - half < end + 4) return ''
      end = x + half
      return label(text, x, y, { anchor: 'middle' })
    })
    .join('')
}

/** A chart with a heading. `summary` is read to those who do not see it. */
export function chart(heading: string, height: number, summary: string, parts: readonly string[]): string {
  return `<div class="chart"><svg viewBox="0 0 ${CHART_WIDTH} ${at(height)}" role="img" aria-label="${escapeText(`${heading}: ${summary}`)}">${label(heading, 0, 13, { style: 'heading' })}${parts.join('')}</svg></div>`
}

/** A short sample of a line or a mark with its meaning, for a legend in HTML. */
export function legendKey(colour: string, sample: string, meaning: string): string {
  return `<span class="key ${colour}"><svg viewBox="0 0 20 12" aria-hidden="true">${sample}</svg>${escapeText(meaning)}</span>`
}
