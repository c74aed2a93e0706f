import type { Completed, CompletedOption, Values } from './words.ts'

/** The script for fish. */
export function fishScript(completed: readonly Completed[]): string {
  const paths = completed.map(({ path }) => path).filter((path) => path !== '')
  const [program] = completed as [Completed]
  const shared = new Set(program.options.map(({ names }) => names.join()))
  const withValue = new Set(completed.flatMap(({ options }) => options.flatMap(takesValue)))
  const lines = completed.flatMap(({ path, commands, options, argument }) => {
    const when = `-n "test (__optionlake_path) = ${quoted(path)}"`
    // Options of every command stand once, without a condition.
    const own = path === '' ? [] : options.filter(({ names }) => !shared.has(names.join()))
    return [
      ...commands.map(
        ({ name, description }) =>
          `complete -c optionlake ${when} -a ${quoted(name)} -d ${quoted(description)}`,
      ),
      ...own.map((option) => `complete -c optionlake ${when} ${optionText(option)}`),
      ...(argument.kind === 'text' ? [] : [`complete -c optionlake ${when} ${valuesText(argument)}`]),
    ]
  })
  return [
    '# Completion of optionlake for fish, written by: optionlake completion fish',
    functions(paths, withValue),
    'complete -c optionlake -f',
    ...program.options.map((option) => `complete -c optionlake ${optionText(option)}`),
    ...lines,
    '',
  ].join('\n')
}

function takesValue({ names, values }: CompletedOption): readonly string[] {
  return values === null ? [] : names
}

function optionText({ names, description, values }: CompletedOption): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
  const value =
    values === null ? [] : [values.kind === 'files' ? '-r -F' : `-x ${valuesText(values)}`.trimEnd()]
  return [...flags, ...value, `-d ${quoted(description)}`].join(' ')
}

function valuesText(values: Values): string {
  if (values.kind === 'words') return `-a ${quoted(values.words.join(' '))}`
  if (values.kind === 'symbols') return "-a '(__optionlake_symbols)'"
  return values.kind === 'files' ? '-F' : ''
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

function functions(paths: readonly string[], withValue: ReadonlySet<string>): string {
  return `# The names of the command that is typed, such as "experiment run".
function __optionlake_path
    set -l path ''
    set -l pending ''
    for word in (commandline -opc)[2..-1]
        if test -n "$pending"
            set pending ''
        else if contains -- $word ${[...withValue].join(' ')}
            set pending $word
        else if not string match -q -- '-*' $word
            set -l longer (string trim "$path $word")
            if contains -- $longer ${paths.map(quoted).join(' ')}
                set path $longer
            end
        end
    end
    echo $path
end

# The stored symbols, from the names of the lake's folders.
function __optionlake_symbols
    set -l words (commandline -opc)
    set -l at (contains -i -- --lake $words)
    set -l given (string replace -rf '^--lake=' '' -- $words)
    set -l data $HOME/.local/share
    set -q XDG_DATA_HOME; and set data $XDG_DATA_HOME
    set -l lakes lake/ib lake/simulated $data/optionlake/lake/ib $data/optionlake/lake/simulated /var/lib/optionlake/lake/ib
    if test -n "$at"; and set -q words[(math $at + 1)]
        set lakes $words[(math $at + 1)]
    else if test -n "$given"
        set lakes $given
    else if set -q OPTIONLAKE_LAKE_FOLDER
        set lakes $OPTIONLAKE_LAKE_FOLDER
    end
    for lake in $lakes
        test -d $lake/option_snapshots; or continue
        for folder in $lake/*/symbol=*/
            string replace -r '.*/symbol=(.*)/$' '$1' $folder
        end
    end | sort -u
end
`
}
