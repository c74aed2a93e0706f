import type { Command } from 'commander'

/**
 * A command of a group, such as `experiment run`. `load` imports the file that has its options and its work; the
 * description stands here, so that the help of the group loads none of them.
 */
export interface SubCommand {
  readonly description: string
  load(): Promise<(command: Command, signal: AbortSignal, version: string) => void>
}

/** `args` is what follows the name of the command, for groups that load only the command that it names. */
export type Register = (
  program: Command,
  signal: AbortSignal,
  version: string,
  args: readonly string[],
) => void | Promise<void>

export type Loaders = Readonly<Record<string, () => Promise<Register>>>

const defaults = new WeakMap<Command, string>()

/** The command of a group that runs when none is named; null without one, and for a command that is no group. */
export function defaultCommandOf(group: Command): string | null {
  return defaults.get(group) ?? null
}

/**
 * Adds the commands of a group and loads the one that the arguments name. `byDefault` is the one that runs when they
 * begin with an option; an unknown name is left to the parser, which suggests the nearest.
 * @param args what follows the name of the group
 */
export async function registerSubCommands(
  group: Command,
  subCommands: Readonly<Record<string, SubCommand>>,
  byDefault: string | null,
  { args, signal, version }: { args: readonly string[]; signal: AbortSignal; version: string },
): Promise<void> {
  if (byDefault !== null) defaults.set(group, byDefault)
  const [first, second] = fromFirstOperand(args, group.parent?.options ?? [])
  const named = first === 'help' ? second : first
  const isHelp = named === undefined && args.some((arg) => arg === '-h' || arg === '--help')
  const loaded = named ?? (isHelp || args.length === 0 ? null : byDefault)
  for (const [name, { description, load }] of Object.entries(subCommands)) {
    const isDefault = name === byDefault && loaded === byDefault && first !== 'help'
    const command = group.command(name, { isDefault }).description(description)
    if (name === loaded) (await load())(command, signal, version)
  }
}

/**
 * The arguments from the first one that is neither an option nor the value of one; none if an option precedes it that is
 * not among `options`, because it may then be that option's value.
 */
export function fromFirstOperand(
  args: readonly string[],
  options: readonly { long?: string | undefined; short?: string | undefined; required: boolean }[],
): readonly string[] {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string
    if (!arg.startsWith('-')) return args.slice(at)
    const [flag, value] = arg.split('=', 2)
    const option = options.find(({ long, short }) => flag === long || flag === short)
    if (option === undefined) return []
    if (option.required && value === undefined) at++
  }
  return []
}
