/**
 * Opens every view of the page in Chromium, as people see it.
 *
 *   npm run test:page -- [--quick] [--case NAME] [--view NAME] [--screenshots FOLDER] [--picture FILE]
 *   npm run test:page -- --help
 */
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { printGoals } from '../../scripts/bench/report.ts'
import { openProgressBar } from '../../src/commands/terminal/progress-bar.ts'
import { EXIT, Failure } from '../../src/process/failure.ts'
import { withFolder } from '../support/temporary-folder.ts'
import { openChromium } from './browser/chromium.ts'
import { CASES, type PageCase, serveCase } from './cases.ts'
import { createFindings } from './findings.ts'
import { makePageLake, type PageLakeOptions } from './page-lake.ts'
import { takePicture } from './picture.ts'
import { LOOKS, tryCase, VIEWS } from './try-case.ts'

const HELP = `usage: npm run test:page -- [--quick] [--case NAME] [--view NAME] [--screenshots FOLDER] [--picture FILE]

Opens every view in Chromium: on a stored day, on an empty lake, on one with holes and while the gateway is away; in
light, dark and on a phone. Plays a day in each, uses the keyboard, and follows the daemon's next slot. Prints each fault,
a table, and as its last line one JSON object. Ends with 69 without Chromium.

  --quick              the stored day and the empty lake only, and light only
  --case NAME          only one of: ${CASES.map(({ name }) => name).join(', ')}
  --view NAME          only one of: ${VIEWS.join(', ')}
  --screenshots FOLDER a picture of each view as it was found, CASE-VIEW-LOOK.png
  --picture FILE       writes the picture of the README and does nothing else
  --lake FOLDER        a lake that serve-lake.js made, for the cases that have one: the program copies it`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean' },
      quick: { type: 'boolean', default: false },
      case: { type: 'string' },
      view: { type: 'string' },
      screenshots: { type: 'string' },
      picture: { type: 'string' },
      lake: { type: 'string' },
    },
  })
  if (values.help) return console.log(HELP)
  const views = oneOf('view', values.view, VIEWS)
  const names = oneOf(
    'case',
    values.case,
    CASES.map(({ name }) => name),
  )
  const cases = CASES.filter(
    ({ name }) => names.includes(name) && (!values.quick || name === 'stored' || name === 'empty'),
  )
  const looks = values.quick ? LOOKS.slice(0, 1) : LOOKS
  if (values.screenshots !== undefined) mkdirSync(values.screenshots, { recursive: true })
  const browser = await openChromium()
  try {
    await withFolder(async (folder) => {
      const findings = createFindings()
      const lakes = createLakes(folder)
      for (const one of values.picture === undefined ? cases : CASES.slice(0, 1)) {
        const own = join(folder, one.name)
        const given = one.lake === null ? null : (values.lake ?? null)
        const lake = given ?? (await lakes.of(one))
        if (lake !== null) cpSync(lake, own, { recursive: true })
        const served = await serveCase(one, own)
        try {
          if (values.picture !== undefined) return await takePicture(browser, served, values.picture)
          await tryCase(browser, {
            one,
            served,
            views,
            looks,
            findings,
            screenshots: values.screenshots ?? null,
          })
        } finally {
          await served.close()
        }
      }
      printGoals('test:page', findings.goals())
    })
  } finally {
    await browser.close()
  }
}

/** Makes each lake once. A daemon changes its lake, so each case gets a copy. */
function createLakes(folder: string) {
  const made = new Map<PageLakeOptions, string>()
  return {
    /** The folder of a case's lake; null: it is empty. */
    of: async ({ lake, summary }: PageCase): Promise<string | null> => {
      if (lake === null) return null
      const known = made.get(lake)
      if (known !== undefined) return known
      const path = join(folder, `lake-${made.size}`)
      const bar = openProgressBar(`lake: ${summary}`, process.stderr.isTTY === true)
      await makePageLake(path, lake, bar.update)
      bar.close()
      made.set(lake, path)
      return path
    },
  }
}

function oneOf(option: string, name: string | undefined, known: readonly string[]): readonly string[] {
  if (name === undefined) return known
  if (known.includes(name)) return [name]
  throw new Failure(EXIT.usage, `--${option} is "${name}": give one of ${known.join(', ')}`)
}

try {
  await main()
} catch (error) {
  if (!(error instanceof Failure)) throw error
  console.error(error.message)
  process.exitCode = error.exitCode
}
