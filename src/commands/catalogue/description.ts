import type { Argument, Command, Option } from 'commander'
import { defaultCommandOf } from '../sub-commands.ts'

/** What help, completion and the parser need to know of a command; JSON, so that it is read without loading its code. */
export interface CommandDescription {
  readonly name: string
  readonly description: string
  readonly arguments: readonly ArgumentDescription[]
  readonly options: readonly OptionDescription[]
  /** The text below its help. */
  readonly after: string
  /** Of a group; empty for a command that does something itself. */
  readonly commands: readonly CommandDescription[]
  /** The command of a group that runs when none is named; null without one. */
  readonly defaultCommand: string | null
}

export interface ArgumentDescription {
  /** As in the usage: `<symbol>`, `[file...]`. */
  readonly usage: string
  readonly description: string
  readonly choices: readonly string[] | null
}

export interface OptionDescription {
  readonly flags: string
  readonly description: string
  readonly default: unknown
  readonly choices: readonly string[] | null
}

/** Every command, in the order of the help. */
export type Catalogue = readonly CommandDescription[]

/** @param commands the commands of a group, described */
export function describeCommand(
  command: Command,
  commands: readonly CommandDescription[] = [],
): CommandDescription {
  return {
    name: command.name(),
    description: command.description(),
    arguments: command.registeredArguments.map(describeArgument),
    options: command.options.map(describeOption),
    after: textAfterHelp(command),
    commands,
    defaultCommand: defaultCommandOf(command),
  }
}

function describeArgument(argument: Argument): ArgumentDescription {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`
  return {
    usage: argument.required ? `<${name}>` : `[${name}]`,
    description: argument.description,
    choices: argument.argChoices ?? null,
  }
}

function describeOption(option: Option): OptionDescription {
  return {
    flags: option.flags,
    description: option.description,
    default: option.negate ? undefined : option.defaultValue,
    choices: option.argChoices ?? null,
  }
}

/** What `addHelpText('after', …)` has added. */
function textAfterHelp(command: Command): string {
  let written = ''
  const keep = (part: string) => {
    written += part
  }
  command.configureOutput({ writeOut: keep }).outputHelp()
  return written.slice(command.helpInformation().length).replace(/\n$/, '')
}
