import { basename, dirname, join, resolve } from 'node:path'
import { type ConvertedRun, convertRun, type Format } from '../../experiments/analysis/convert.ts'
import { describeDamage, openRunEngine } from '../../experiments/analysis/engine.ts'
import { createFolder } from '../../experiments/files/write-atomically.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { ConvertedFiles } from '../../schemas/experiment/stats.ts'
import type { CommandContext } from '../context.ts'
import { printJson } from '../print-json.ts'
import { amount, bytes } from '../terminal/format.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'

/** Converts files of step records into a folder, each under its own name. Those without a record are named and left out. */
export async function convertFiles(
  context: CommandContext,
  {
    paths,
    folder,
    formats,
  }: { readonly paths: readonly string[]; readonly folder: string; readonly formats: readonly Format[] },
): Promise<void> {
  createFolder(folder)
  const engine = await openRunEngine({ folders: [...paths.map(dirname), folder], signal: context.signal })
  context.lifetime.onClose(() => engine.close())
  const bar = openProgressBar('files', context.interactive)
  const written: (ConvertedRun & { readonly damaged: number })[] = []
  const notes: string[] = []
  let done = 0
  try {
    for (const path of paths) {
      bar.update(done++, paths.length)
      try {
        const run = await engine.load(path, 'converted')
        if (run.damage.damaged > 0) notes.push(`${path}: ${describeDamage(run.damage)}`)
        for (const format of formats) {
          const target = join(folder, `${basename(path).replace(/\.jsonl$/, '')}.${format}`)
          const file = await convertRun(engine, run, { path: target, format })
          written.push({ ...file, damaged: run.damage.damaged })
        }
      } catch (error) {
        // A disk that takes no more ends the command; a file without records only that file.
        if (!(error instanceof Failure) || error.exitCode !== EXIT.usage) throw error
        notes.push(`${path} is left out: ${error.message}`)
      }
    }
  } finally {
    bar.close()
  }
  if (context.json)
    printJson<ConvertedFiles>(context, {
      files: written.map((file) => ({ ...file, path: resolve(file.path) })),
    })
  else
    for (const file of written)
      context.print(`${file.path}: ${amount(file.rows, 'row')}, ${bytes(file.bytes)}`)
  for (const note of notes) context.printStatus(note)
  if (written.length === 0)
    throw new Failure(EXIT.io, `no file has a record: nothing was written to ${folder}`)
  if (!context.json) context.printStatus(`${amount(written.length, 'file')} written to ${folder}`)
}
