import { resolve } from 'node:path'
import type { Command } from 'commander'
import { openRunEngine } from '../../experiments/analysis/engine.ts'
import { PROCESSED_FOLDER, RAW_FOLDER } from '../../experiments/files/run-files.ts'
import { writeTextAtomically } from '../../experiments/files/write-atomically.ts'
import { buildReport } from '../../experiments/report/build-report.ts'
import { filesBehind } from '../../experiments/report/choose-files.ts'
import { renderReport } from '../../experiments/report/render-report.ts'
import type { Report } from '../../experiments/report/report.ts'
import { omissionsOf } from '../../experiments/report/sections/overview.ts'
import type { ExperimentReportAnswer } from '../../schemas/experiment/report.ts'
import { type CommandContext, withContext } from '../context.ts'
import { printJson } from '../print-json.ts'
import { amount, bytes } from '../terminal/format.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'

interface ReportOptions {
  readonly dir: string
  readonly scenario?: readonly string[]
  readonly experiment?: readonly string[]
  readonly output: string
}

export function registerReport(command: Command, signal: AbortSignal, version: string): void {
  command
    .argument('[paths...]', 'files of step records, or folders of them, instead of --dir')
    .option('--dir <folder>', 'folder of the runs', RAW_FOLDER)
    .option('--scenario <names...>', 'only these scenarios')
    .option(
      '--experiment <names...>',
      'only these experiments; passive belongs to them if effects are wanted',
    )
    .option('--output <file>', 'the page; one that exists is replaced', `${PROCESSED_FOLDER}/report.html`)
    .addHelpText(
      'after',
      `
The page is one file that needs no other and loads nothing: open it in a
browser, send it, print it.

Examples:
  optionlake experiment report
  optionlake experiment report --scenario flash_crash \\
    --experiment passive aggressive_sell_100 --output crash.html
  optionlake experiment report data/raw/first.jsonl data/raw/second.jsonl`,
    )
    .action((paths: string[], options: ReportOptions, own: Command) =>
      withContext(own, signal, (context) => write(context, paths, options, version)),
    )
}

async function write(
  context: CommandContext,
  paths: readonly string[],
  options: ReportOptions,
  version: string,
): Promise<void> {
  const files = paths.length > 0 ? filesBehind(paths) : filesBehind([options.dir], '--dir')
  const folders = [...new Set(files.map(({ path }) => resolve(path, '..')))]
  const engine = await openRunEngine({ folders, signal: context.signal })
  const bar = openProgressBar('runs', context.interactive)
  const report = await buildReport(engine, files, {
    madeAt: new Date(),
    version,
    choice: { scenarios: options.scenario ?? null, experiments: options.experiment ?? null },
    signal: context.signal,
    onProgress: bar.update,
  }).finally(() => {
    bar.close()
    engine.close()
  })
  const page = renderReport(report)
  writeTextAtomically(options.output, page)
  tell(context, options.output, Buffer.byteLength(page), report)
}

function tell(context: CommandContext, path: string, size: number, report: Report): void {
  const { json, print, printWarning } = context
  const omissions = omissionsOf(report)
  if (json) {
    const { runs } = report
    printJson<ExperimentReportAnswer>(context, {
      ...{ path: resolve(path), bytes: size, runs: runs.length },
      steps: runs.reduce((sum, { records }) => sum + records, 0),
      left_out: omissions.map(({ what, reason }) => ({ file: what, reason })),
    })
    return
  }
  print(`${path}: ${amount(report.runs.length, 'run')}, ${bytes(size)}`)
  if (omissions.length > 0) {
    const [first] = omissions
    const more = omissions.length > 1 ? `; ${omissions.length - 1} more in the page` : ''
    printWarning(`left out: ${first?.what}: ${first?.reason}${more}`)
  }
}
