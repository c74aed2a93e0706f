import type { Command } from 'commander'
import { FORMATS, type Format } from '../../experiments/analysis/convert.ts'
import { selectRuns } from '../../experiments/analysis/select-runs.ts'
import { PROCESSED_FOLDER, RAW_FOLDER } from '../../experiments/files/run-files.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { withContext } from '../context.ts'
import { convertFiles } from './converted-files.ts'

interface ConvertOptions {
  readonly dir: string
  readonly output: string
  readonly format: string
}

export function registerConvert(command: Command, signal: AbortSignal): void {
  command
    .argument('[files...]', 'files of step records; without any, all of --dir')
    .option('--dir <folder>', 'folder of the runs', RAW_FOLDER)
    .option('--output <folder>', 'folder to write to; files of the same name are replaced', PROCESSED_FOLDER)
    .option('--format <list>', 'csv, parquet, or both separated by a comma', 'csv')
    .addHelpText(
      'after',
      `
CSV has one row a step: first the columns of the original framework, then more.
Parquet has every field of the records, with orders, fills, trades and levels as
lists.

Examples:
  optionlake experiment convert
  optionlake experiment convert run.jsonl --output . --format csv,parquet`,
    )
    .action((files: string[], options: ConvertOptions, own: Command) =>
      withContext(own, signal, (context) => {
        const formats = parseFormats(options.format)
        const paths =
          files.length > 0 ? files.flatMap((file) => selectRuns(file)) : selectRuns(options.dir, '--dir')
        return convertFiles(context, { paths, folder: options.output, formats })
      }),
    )
}

function parseFormats(text: string): Format[] {
  return [...new Set(text.split(','))].map((name) => {
    const format = FORMATS.find((known) => known === name.trim())
    if (format) return format
    throw new Failure(EXIT.usage, `--format ${text} is not known: write csv, parquet or csv,parquet`)
  })
}
