import { createOption, type Option } from 'commander'
import type { Catalogue, CommandDescription, OptionDescription } from '../catalogue/description.ts'

/** What may follow an option, or stand as the argument of a command. */
export type Values =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'files' | 'symbols' }
  /** A number, a time: there is nothing to offer. */
  | { readonly kind: 'text' }

export interface CompletedOption {
  /** The spellings, such as `-h` and `--help`. */
  readonly names: readonly string[]
  readonly description: string
  /** Null for an option without a value. */
  readonly values: Values | null
}

/** What can be completed after the names of one command. */
export interface Completed {
  /** Empty for the program itself; `experiment run` for a command of a group. */
  readonly path: string
  readonly commands: readonly { readonly name: string; readonly description: string }[]
  readonly options: readonly CompletedOption[]
  readonly argument: Values
}

/** Values that an option may have but the parser leaves to the command, by the name of the option. */
export type KnownValues = Readonly<Record<string, readonly string[]>>

const HELP: CompletedOption = { names: ['-h', '--help'], description: 'display help', values: null }

/**
 * Everything that a shell completes, the program first.
 * @param globals the options that every command has
 */
export function completedWords(
  catalogue: Catalogue,
  globals: readonly Option[],
  known: KnownValues,
): Completed[] {
  const shared = [...globals.map((option) => completedOption(option, option.argChoices ?? null, known)), HELP]
  const help = { name: 'help', description: 'display help for a command' }
  const commands = [...catalogue.map(({ name, description }) => ({ name, description })), help]
  return [
    { path: '', commands, options: shared, argument: { kind: 'text' } },
    { path: 'help', commands, options: [], argument: { kind: 'text' } },
    ...catalogue.flatMap((one) => completedCommand(one, [], shared, known)),
  ]
}

function completedCommand(
  command: CommandDescription,
  parents: readonly string[],
  shared: readonly CompletedOption[],
  known: KnownValues,
): Completed[] {
  const path = [...parents, command.name]
  // Options of the command that runs when none is named follow the name of the group.
  const byDefault = command.commands.find(({ name }) => name === command.defaultCommand)
  const own = [...command.options, ...(byDefault?.options ?? [])].map((one) => ofDescribed(one, known))
  const [argument] = command.arguments
  return [
    {
      path: path.join(' '),
      commands: command.commands.map(({ name, description }) => ({ name, description })),
      options: [...own, ...shared],
      argument:
        argument === undefined
          ? { kind: 'text' }
          : argument.choices
            ? { kind: 'words', words: argument.choices }
            : valuesNamed(argument.usage),
    },
    ...command.commands.flatMap((one) => completedCommand(one, path, shared, known)),
  ]
}

function ofDescribed(
  { flags, description, choices }: OptionDescription,
  known: KnownValues,
): CompletedOption {
  return completedOption(createOption(flags, description), choices, known)
}

function completedOption(
  option: Option,
  choices: readonly string[] | null,
  known: KnownValues,
): CompletedOption {
  const names = [option.short, option.long].filter((name) => name !== undefined)
  const words = choices ?? known[option.name()]
  const values = words
    ? ({ kind: 'words', words } as const)
    : option.required || option.optional
      ? valuesNamed(option.flags)
      : null
  return { names, description: option.description, values }
}

/** What a placeholder such as `<file>` or `<slot|day>` stands for. */
function valuesNamed(flags: string): Values {
  const [, placeholder = ''] = /[<[]([^>\]]+)[>\]]/.exec(flags) ?? []
  if (/^(a|b|file|files|path|paths|folder|lake|certificate)(\.|$)/.test(placeholder)) return { kind: 'files' }
  if (/^symbol/.test(placeholder) || flags.startsWith('--symbols')) return { kind: 'symbols' }
  return { kind: 'text' }
}
