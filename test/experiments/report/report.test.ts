import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Script } from 'node:vm'
import { expect, test } from 'vitest'
import { openRunEngine } from '../../../src/experiments/analysis/engine.ts'
import { buildReport } from '../../../src/experiments/report/build-report.ts'
import { filesBehind } from '../../../src/experiments/report/choose-files.ts'
import { readPageAssets } from '../../../src/experiments/report/page/assets.ts'
import type { PageData } from '../../../src/experiments/report/page-data.ts'
import { renderReport } from '../../../src/experiments/report/render-report.ts'
import type { Report } from '../../../src/experiments/report/report.ts'
import { omissionsOf } from '../../../src/experiments/report/sections/overview.ts'
import { withFolder } from '../../support/temporary-folder.ts'
import { type SmallRun, smallRun } from '../support/step-records.ts'

const ALL = { scenarios: null, experiments: null }

async function reportOn(
  folder: string,
  choice: Parameters<typeof buildReport>[2]['choice'] = ALL,
): Promise<Report> {
  const engine = await openRunEngine({ folders: [folder] })
  try {
    return await buildReport(engine, filesBehind([folder]), { madeAt: new Date(0), version: '0.0.0', choice })
  } finally {
    engine.close()
  }
}

function write(folder: string, name: string, run: SmallRun): string {
  const path = join(folder, `${name}.jsonl`)
  writeFileSync(
    path,
    smallRun(run)
      .map((record) => `${JSON.stringify(record)}\n`)
      .join(''),
  )
  return path
}

const passive = (mids: readonly (number | null)[], more: Partial<SmallRun> = {}): SmallRun => ({
  experiment: 'passive',
  mode: 'passive',
  seed: 1,
  steps: mids.map((mid) => ({ mid })),
  ...more,
})

const MIDS = [1000, 1000.05, 1000.1, 1000, 999.9, 999.95]

/** Buys 100 at step 1, filled at step 2; the mid is then higher than in the passive run by what `effect` says. */
function buyer(quantity: number, effect: number): SmallRun {
  return {
    experiment: `qty_${quantity}`,
    seed: 1,
    steps: MIDS.map((mid, step) => ({
      mid: mid + (step >= 2 ? effect : 0),
      ...(step === 1 && { orders: [{ id: 'b1', side: 'BUY', price: 1000.1, qty: quantity }] }),
      ...(step === 2 && { fills: [{ order_id: 'b1', side: 'BUY', price: 1000.1, qty: 100 }] }),
    })),
  }
}

function dataOf(html: string): PageData {
  const json = /<script type="application\/json" id="data">(.*?)<\/script>/.exec(html)?.[1]
  return JSON.parse(json as string) as PageData
}

test('a page shows each run against the passive run of its seed', () =>
  withFolder(async (folder) => {
    write(folder, 'a_passive', passive(MIDS))
    write(folder, 'b_qty_100', buyer(100, 0.1))
    write(folder, 'c_qty_200', buyer(200, 0.2))
    const report = await reportOn(folder)
    const [, one, two] = report.runs
    expect(one?.paired?.baseline).toBe('a_passive.jsonl')
    expect(one?.paired?.market.lastMidDifference).toBeCloseTo(0.1, 9)
    expect(one?.fills.all).toMatchObject({ sentQuantity: 100, filledQuantity: 100, quantityRate: 1 })
    expect(two?.fills.all).toMatchObject({ sentQuantity: 200, filledQuantity: 100, quantityRate: 0.5 })
    const html = renderReport(report)
    expect(dataOf(html).runs.map(({ baseline }) => baseline)).toEqual([null, 0, 0])
    for (const heading of ['One run over time', 'Impact', 'Fills', 'Crashes', 'Spread and depth', 'All runs'])
      expect(html).toContain(`<h2>${heading}</h2>`)
    expect(omissionsOf(report)).toEqual([])
  }))

test('a page loads nothing and allows nothing but its own script and style', () =>
  withFolder(async (folder) => {
    write(folder, 'a', passive(MIDS))
    const html = renderReport(await reportOn(folder))
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(
      /https?:|url\((?!#)|@import|\ssrc=|\sstyle=/,
    )
    expect(html).toContain('default-src &#39;none&#39;')
    new Script(readPageAssets().script)
  }))

test('text from files cannot become part of the page', () =>
  withFolder(async (folder) => {
    const evil = '</script><script>alert(1)</script><img src=x onerror="alert(2)">'
    write(folder, 'a', passive(MIDS, { scenario: evil, experiment: `${evil}'` }))
    const html = renderReport(await reportOn(folder))
    expect(html).not.toContain('alert(1)</script>')
    expect(html).not.toContain('<img')
    expect(html.match(/<script/g)).toHaveLength(2)
    expect(dataOf(html).runs[0]?.scenario).toBe(evil)
  }))

test('what is left out is said: damaged lines, missing passive runs, older runs, files without records', () =>
  withFolder(async (folder) => {
    write(folder, 'old_20260101T000000000Z', buyer(100, 0.1))
    const path = write(folder, 'new_20260102T000000000Z', buyer(100, 0.1))
    appendFileSync(path, '{"step": 6, "ti')
    writeFileSync(join(folder, 'empty.jsonl'), '')
    const report = await reportOn(folder)
    expect(omissionsOf(report)).toEqual([
      { what: 'empty.jsonl', reason: 'not shown: it has not a single record of a step' },
      { what: 'new_20260102T000000000Z.jsonl', reason: '1 damaged line skipped, 6 records read' },
      {
        what: 'new_20260102T000000000Z.jsonl',
        reason: 'no passive run of the same scenario, seed and rules: no effect on the market',
      },
      {
        what: 'old_20260101T000000000Z.jsonl',
        reason: 'no passive run of the same scenario, seed and rules: no effect on the market',
      },
      {
        what: 'old_20260101T000000000Z.jsonl',
        reason: 'a newer run of the same scenario, experiment, seed and rules counts in its place',
      },
    ])
  }))

test('names that fit no run are refused with those that there are', () =>
  withFolder(async (folder) => {
    expect(() => filesBehind([folder])).toThrow(`no runs in ${folder} (no file ends with .jsonl)`)
    expect(() => filesBehind([join(folder, 'nowhere')])).toThrow('(it is not there)')
    write(folder, 'a', passive(MIDS))
    await expect(reportOn(folder, { scenarios: ['normal_markt'], experiments: null })).rejects.toThrow(
      'no run of the scenario "normal_markt": did you mean normal_market? The files have normal_market',
    )
    writeFileSync(join(folder, 'a.jsonl'), 'not a record\n')
    await expect(reportOn(folder)).rejects.toThrow(
      'nothing to report on: a.jsonl: it has not a single record of a step',
    )
  }))

test('steps without two sides leave a gap, and no figure is made of them', () =>
  withFolder(async (folder) => {
    write(folder, 'a', passive([1000, null, null, 1001]))
    const { figures, series } = (await reportOn(folder)).runs[0] ?? {}
    expect(figures).toMatchObject({ twoSidedFraction: 0.5, lowestMid: 1000, highestMid: 1001 })
    const { unpackSeries } = (await import(
      new URL('../../../src/experiments/report/page/packed-series.js', import.meta.url).href
    )) as { unpackSeries: (packed: unknown, count: number) => { low: Float64Array } }
    expect([...unpackSeries(series?.packed.mid, 4).low]).toEqual([1000, Number.NaN, Number.NaN, 1001])
  }))

test('the script of the page has a module for every file', () => {
  const { script, style } = readPageAssets()
  for (const name of ['unpackSeries', 'drawPanel', 'createRunView', 'makeTablesSortable', 'startRunView'])
    expect(script).toContain(`function ${name}`)
  expect(script).not.toMatch(/^(?:import|export) /m)
  expect(style).toBe(
    readFileSync(new URL('../../../src/experiments/report/page/page.css', import.meta.url), 'utf8'),
  )
})
