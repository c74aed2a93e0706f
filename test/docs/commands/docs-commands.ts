/**
 * Runs every command of the documentation: `npm run test:docs`. CONTRIBUTING.md says how blocks are marked. With `--site`
 * opens every page below /docs of a daemon in Chromium instead; `--screenshots FOLDER` keeps a picture of each.
 */
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { printGoals } from '../../../scripts/bench/report.ts'
import { EXIT, Failure } from '../../../src/process/failure.ts'
import { withFolder } from '../../support/temporary-folder.ts'
import { trySite } from '../site/try-site.ts'
import { documentPages, tryPages } from './try-pages.ts'

// The compiled file is in build/test/docs/commands.
const root = resolve(import.meta.dirname, '../../../..')
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { site: { type: 'boolean' }, screenshots: { type: 'string' } },
})

async function tryCommands(folder: string): Promise<void> {
  const pages = positionals.length > 0 ? positionals : documentPages(root)
  const outcomes = await tryPages(pages, { root, folder, onOutcome: print })
  const faults = outcomes.filter(({ fault }) => fault !== null).length
  const run = outcomes.filter(({ notRun }) => notRun === null)
  const shortened = run.filter(({ plan }) => plan === 'shortened').length
  for (const [reason, count] of countsOf(outcomes.flatMap(({ notRun }) => notRun ?? [])))
    console.log(`not run, ${count}: ${reason}`)
  console.log(
    `${run.length} of ${run.length} commands run, ${shortened} of them with fewer steps or less harm, ${faults} faults; ${outcomes.length - run.length} are not run`,
  )
  printGoals('docs', [
    { name: 'commands with a fault', value: faults, unit: 'commands', atMost: 0 },
    { name: 'commands run', value: run.length, unit: 'commands', atLeast: 1 },
  ])
  if (faults > 0) process.exitCode = EXIT.internal
}

async function openSite(folder: string): Promise<void> {
  const { screenshots = null } = values
  if (screenshots !== null) mkdirSync(screenshots, { recursive: true })
  printGoals('docs site', await trySite({ root, folder, screenshots }))
}

function countsOf(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return counts
}

function print({ where, command, plan, seconds, fault }: Awaited<ReturnType<typeof tryPages>>[number]): void {
  console.log(
    `${fault === null ? 'ok  ' : 'FAIL'} ${plan.padEnd(9)} ${seconds.toFixed(1).padStart(5)} s  ${where}  ${command}`,
  )
  if (fault !== null) console.log(`     ${fault}`)
}

try {
  await withFolder(values.site ? openSite : tryCommands)
} catch (error) {
  if (!(error instanceof Failure)) throw error
  console.error(error.message)
  process.exitCode = error.exitCode
}
