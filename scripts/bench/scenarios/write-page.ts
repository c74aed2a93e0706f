import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Figure, RunResult } from './benchmark.ts'
import { measuredPart, withFigures } from './page.ts'
import { plotScenario } from './scenario-plot.ts'

/** Writes a scenario's plot, and its figures into the page of the scenarios, below the working folder. */
export function writePage(scenario: string, results: readonly RunResult[], figures: readonly Figure[]): void {
  const page = join('docs', 'scenarios.md')
  const plot = join('docs', 'scenarios', `${scenario}.svg`)
  mkdirSync(dirname(plot), { recursive: true })
  writeFileSync(plot, plotScenario(scenario))
  writeFileSync(
    page,
    withFigures(readFileSync(page, 'utf8'), scenario, measuredPart(scenario, results, figures)),
  )
}
