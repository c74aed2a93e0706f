/** Runs every command of the documentation: `npm run test:docs`. CONTRIBUTING.md says how blocks are marked. */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { printGoals } from '../../../scripts/bench/report.ts'
import { EXIT } from '../../../src/process/failure.ts'
import { withFolder } from '../../support/temporary-folder.ts'
import { documentPages, tryPages } from './try-pages.ts'

// The compiled file is in build/test/docs/commands.
const root = resolve(import.meta.dirname, '../../../..')
const { positionals } = parseArgs({ allowPositionals: true })

await withFolder(async (folder) => {
  const pages = positionals.length > 0 ? positionals : documentPages(root)
  const outcomes = await tryPages(pages, { root, folder, onOutcome: print })
  const count = (plan: string) => outcomes.filter((one) => one.plan === plan).length
  const faults = outcomes.filter(({ fault }) => fault !== null).length
  const toRun = outcomes.length - count('not_run') - count('exists')
  console.log(
    `${toRun} of ${outcomes.length} commands run, ${count('shortened')} of them with fewer steps; ${count('exists')} start a suite or campaign of their own and were found to exist; ${count('not_run')} are marked as not run`,
  )
  printGoals('docs', [
    { name: 'commands with a fault', value: faults, unit: 'commands', atMost: 0 },
    { name: 'commands run', value: toRun, unit: 'commands', atLeast: 1 },
  ])
  if (faults > 0) process.exitCode = EXIT.internal
})

function print({ where, command, plan, seconds, fault }: Awaited<ReturnType<typeof tryPages>>[number]): void {
  console.log(
    `${fault === null ? 'ok  ' : 'FAIL'} ${plan.padEnd(9)} ${seconds.toFixed(1).padStart(5)} s  ${where}  ${command}`,
  )
  if (fault !== null) console.log(`     ${fault}`)
}
