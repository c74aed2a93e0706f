import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openWebhookServer } from '../../alerts/webhook-server.ts'
import { blocksOf } from './page-commands.ts'
import { type Outcome, runPage, type Scripts } from './run-page.ts'
import { makeSharedLake, openReader } from './stand-ins.ts'

const run = promisify(execFile)
const AT_ONCE = 2

/** README, CONTRIBUTING and docs/. The change log names former things. */
export function documentPages(root: string): string[] {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
  return ['README.md', 'CONTRIBUTING.md', ...docs.toSorted().map((name) => `docs/${name}`)]
}

/** Runs the commands of pages, two pages at a time, each page in a folder of its own below `folder`. */
export async function tryPages(
  pages: readonly string[],
  {
    root,
    folder,
    onOutcome,
    lastLine = Number.POSITIVE_INFINITY,
  }: {
    readonly root: string
    readonly folder: string
    onOutcome?(outcome: Outcome): void
    /** Blocks that begin after this line of a page are left out. */
    readonly lastLine?: number
  },
): Promise<Outcome[]> {
  const lake = join(folder, 'lake')
  await makeSharedLake(lake)
  const webhook = await openWebhookServer()
  const waiting = [...pages]
  const outcomes: Outcome[] = []
  const scripts = scriptsOf(root)
  const one = async () => {
    for (let page = waiting.shift(); page !== undefined; page = waiting.shift()) {
      const blocks = blocksOf(page, readFileSync(join(root, page), 'utf8')).filter(
        ({ line }) => line <= lastLine,
      )
      if (blocks.every(({ commands }) => commands.length === 0)) continue
      const own = join(folder, page.replaceAll('/', '-'))
      mkdirSync(own)
      const reader = await openReader(own, {
        ...{ root, lake, webhook: webhook.url },
        isCheckout: page === 'docs/releasing.md',
      })
      outcomes.push(...(await runPage(blocks, reader, { scripts, ...(onOutcome && { onOutcome }) })))
    }
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, one))
  } finally {
    await webhook.close()
  }
  return outcomes
}

/** Programs whose help names what can follow them. */
const WITH_HELP: Readonly<Record<string, string>> = {
  faults: 'build/test/faults/faults.js',
  'test:interop': 'build/test/interop/interop.js',
}

function scriptsOf(root: string): Scripts {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Readonly<Record<string, string>>
  }
  const helps = new Map<string, Promise<string>>()
  return {
    async fault(script, argument) {
      if (!(script in scripts)) return `npm run ${script} does not exist`
      const program = WITH_HELP[script]
      if (program === undefined || argument === null) return null
      const help =
        helps.get(script) ??
        run(process.execPath, [program, '--help'], { cwd: root }).then((one) => one.stdout)
      helps.set(script, help)
      const isKnown = new RegExp(`(^|\\s)${argument}(\\s|$)`, 'm').test(await help)
      return isKnown ? null : `npm run ${script} -- --help does not name ${argument}`
    },
    program: (script) => (scripts[script] ?? '').replace('npm run --silent build:programs && ', ''),
  }
}
