import type { Section } from '../html.ts'

/** The frame of the charts over time; the script of the page draws into it. */
export function oneRun(shownRuns: number, buckets: number): Section | null {
  if (shownRuns === 0) return null
  return {
    id: 'run',
    title: 'One run over time',
    html: `<div class="choice">
<label>scenario<select id="choose-scenario"></select></label>
<label>experiment<select id="choose-experiment"></select></label>
<label>seed<select id="choose-name"></select></label>
<button type="button" id="closer" title="zoom in" aria-label="zoom in">+</button>
<button type="button" id="wider" title="zoom out" aria-label="zoom out">−</button>
<button type="button" id="reset">whole run</button>
</div>
<p class="soft" id="about"></p>
<p class="soft" id="position" role="status"></p>
<noscript><p class="warn">These charts need JavaScript. Everything below does not.</p></noscript>
<div id="panels" tabindex="0" role="group" aria-label="Charts of one run" aria-describedby="panels-help"></div>
<figure><figcaption><p>Each chart has at most ${buckets} stretches of equal numbers of steps, drawn from the lowest to the highest value of the stretch, so that no extreme is lost; at the cursor both are shown. The passive run is that of the same scenario, seed and rules. The effect on the mid is the mid of this run less that of the passive run at the same step: what its orders did to the market. Depth counts the shares of all levels that the venue sends. P&amp;L is cash plus inventory at the last valid mid. Steps without a bid or an ask have no mid and no spread, and leave a gap.</p>
<p id="panels-help" class="screen">Drag over a chart to zoom, double-click for the whole run. Keys, when the charts have the focus: ← → move the cursor, with Shift they move the view, + and − zoom, 0 shows the whole run.</p></figcaption></figure>`,
  }
}
