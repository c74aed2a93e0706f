import { Command, type ErrorOptions } from 'commander'

/** A command whose usage errors say what to write instead. */
export class AdvisingCommand extends Command {
  override createCommand(name?: string): Command {
    return new AdvisingCommand(name)
  }

  override error(message: string, options?: ErrorOptions): never {
    return super.error(`error: ${advised(message.replace(/^error: /, ''), this)}`, options)
  }
}

/** The parser's message in our words; its own suggestion of the nearest name is kept. */
function advised(message: string, command: Command): string {
  const path = pathOf(command)
  const missing = /^missing required argument '(?<name>.*)'$/.exec(message)?.groups
  if (missing) {
    const choices = command.registeredArguments.find((one) => one.name() === missing.name)?.argChoices
    const where = choices ? `, where <${missing.name}> is ${oneOf(choices)}` : ''
    return `missing <${missing.name}>: write ${path} ${command.usage().replace('[options] ', '')}${where}`
  }
  const unset = /^option '(?<flags>.*)' argument missing$/.exec(message)?.groups
  if (unset) return `${unset.flags} has no value: write it after the option, or see ${path} --help`
  const invalid = /^.*argument.* is invalid.*Allowed choices are (?<choices>.*)\.$/s.exec(message)?.groups
  if (invalid) return invalidChoice(message, (invalid.choices as string).split(', '))
  const many =
    /^(?<what>too many arguments.*)\. Expected (?<most>\d+) arguments? but got (?<got>\d+)\.$/.exec(
      message,
    )?.groups
  if (many) return `${many.what}: ${many.got} instead of ${many.most}: see ${path} --help`
  return /^unknown (command|option) /.test(message) && !message.includes('(Did you mean ')
    ? `${message}: see ${path} --help`
    : message
}

function invalidChoice(message: string, choices: readonly string[]): string {
  const option = /^option '(?<name>.*?)' argument '(?<value>.*)' is invalid/s.exec(message)?.groups
  const argument = /^command-argument value '(?<value>.*)' is invalid for argument '(?<name>.*)'/s.exec(
    message,
  )?.groups
  const wrong = option
    ? `${option.name?.split(' ')[0]} ${option.value} is not known`
    : `no <${argument?.name}> is called ${argument?.value}`
  return `${wrong}: write ${oneOf(choices)}`
}

/** `optionlake experiment stats`. */
function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name()
}

/** `bash, zsh or fish`. */
function oneOf(choices: readonly string[]): string {
  const last = choices.at(-1) ?? ''
  return choices.length < 2 ? last : `${choices.slice(0, -1).join(', ')} or ${last}`
}
