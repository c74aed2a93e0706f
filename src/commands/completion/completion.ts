import { type Command, createArgument } from 'commander'
import { EXIT, Failure } from '../../process/failure.ts'
import type { CompletionAnswer } from '../../schemas/completion.ts'
import { readCatalogue } from '../catalogue/read-catalogue.ts'
import { fishScript } from './fish-script.ts'
import { installCompletion, SHELLS, type Shell, shellOf } from './install.ts'
import { KNOWN_VALUES } from './known-values.ts'
import { posixScript } from './posix-script.ts'
import { completedWords } from './words.ts'

export function registerCompletion(program: Command): void {
  program
    .command('completion')
    .description('complete commands, options, their values and stored symbols in the shell')
    .addArgument(
      createArgument('<what>', 'the shell whose script is printed, or install').choices([
        ...SHELLS,
        'install',
      ]),
    )
    .addArgument(createArgument('[shell]', 'with install: for which shell (default: $SHELL)').choices(SHELLS))
    .addHelpText(
      'after',
      `
install writes one file where the shell looks for those of a user, and changes no start-up file. The script asks nothing of
optionlake: run this again after an update. Symbols are those of the lake that --lake names, else of
OPTIONLAKE_LAKE_FOLDER, else of the usual folders.

Examples:
  optionlake completion install
  optionlake completion install zsh
  source <(optionlake completion bash)`,
    )
    .action(async (what: string, named: Shell | undefined) => {
      if (what !== 'install') {
        process.stdout.write(await script(program, what as Shell))
        return
      }
      const shell = named ?? shellOf(process.env)
      const { path, changed, advice } = installCompletion(shell, await script(program, shell), process.env)
      if (program.opts().json) {
        const answer: CompletionAnswer = { shell, path, changed }
        process.stdout.write(`${JSON.stringify(answer)}\n`)
        return
      }
      process.stdout.write(`${changed ? 'wrote' : 'is up to date:'} ${path}\n`)
      process.stderr.write(`${advice}\nto undo: rm ${path}\n`)
    })
}

/** @throws Failure EXIT.configuration when the program has no catalogue, because it runs from its sources. */
async function script(program: Command, shell: Shell): Promise<string> {
  const catalogue = readCatalogue()
  if (catalogue === null) {
    throw new Failure(EXIT.configuration, 'completion needs the built program: run npm run build first')
  }
  const completed = completedWords(catalogue, program.options, KNOWN_VALUES)
  return shell === 'fish' ? fishScript(completed) : posixScript(shell, completed)
}
