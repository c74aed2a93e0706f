import type { Completed, Values } from './words.ts'

/** The script for Bash and the function file for zsh: both read the same tables. */
export function posixScript(shell: 'bash' | 'zsh', completed: readonly Completed[]): string {
  const head =
    shell === 'bash'
      ? '# Completion of optionlake for Bash, written by: optionlake completion bash'
      : '#compdef optionlake\n# Completion of optionlake for zsh, written by: optionlake completion zsh'
  return [head, tables(completed), WALK, shell === 'bash' ? BASH : ZSH].join('\n\n')
}

function tables(completed: readonly Completed[]): string {
  const words = completed.map(
    ({ path, commands, options, argument }) =>
      `    ${quoted(path)})\n` +
      `      _ol_commands=${quoted(commands.map(({ name }) => name).join(' '))}\n` +
      `      _ol_options=${quoted(options.flatMap(({ names }) => names).join(' '))}\n` +
      `      _ol_argument=${quoted(valuesText(argument))} ;;`,
  )
  return `# Sets what may follow the command "$1".
_optionlake_words() {
  _ol_commands='' _ol_options='' _ol_argument=''
  case "$1" in
${words.join('\n')}
  esac
}

# Sets what may follow the option "$2" of the command "$1"; empty if it has no value.
_optionlake_values() {
  _ol_values=''
  case "$1 $2" in
${valueLines(completed).join('\n')}
  esac
}`
}

/** One line for options with the same values in all commands, which most are; the rest by the command. */
function valueLines(completed: readonly Completed[]): string[] {
  const byText = new Map<string, string[]>()
  for (const { path, options } of completed) {
    for (const { names, values } of options) {
      if (values === null) continue
      const keys = byText.get(valuesText(values)) ?? []
      keys.push(...names.map((name) => quoted(`${path} ${name}`)))
      byText.set(valuesText(values), keys)
    }
  }
  return [...byText].map(([text, keys]) => `    ${keys.join('|')}) _ol_values=${quoted(text)} ;;`)
}

function valuesText(values: Values): string {
  return values.kind === 'words' ? `words ${values.words.join(' ')}` : values.kind
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

const WALK = `# Reads the words before the one that is completed, and sets _ol_offer to what may stand there.
_optionlake_walk() {
  local current="$1" path='' pending='' lake='' word
  shift
  for word in "$@"; do
    if [ "$word" = '=' ]; then continue; fi
    if [ -n "$pending" ]; then
      if [ "$pending" = '--lake' ]; then lake="$word"; fi
      pending=''
      continue
    fi
    case "$word" in
      --lake=*) lake="\${word#--lake=}" ;;
      -*=*) ;;
      -*)
        _optionlake_values "$path" "$word"
        if [ -n "$_ol_values" ]; then pending="$word"; fi ;;
      *)
        _optionlake_words "$path"
        case " $_ol_commands " in *" $word "*) path="\${path:+$path }$word" ;; esac ;;
    esac
  done
  _ol_lake="$lake"
  _optionlake_words "$path"
  if [ -n "$pending" ]; then
    _optionlake_values "$path" "$pending"
    _ol_offer="$_ol_values"
  else
    case "$current" in
      -*) _ol_offer="words $_ol_options" ;;
      *) if [ -n "$_ol_commands" ]; then _ol_offer="words $_ol_commands"; else _ol_offer="$_ol_argument"; fi ;;
    esac
  fi
  if [ "$_ol_offer" = symbols ]; then _ol_offer="words $(_optionlake_symbols)"; fi
}

# The stored symbols, from the names of the lake's folders.
_optionlake_symbols() {
  local data="\${XDG_DATA_HOME:-$HOME/.local/share}/optionlake/lake" lake folder name
  local found=' '
  _optionlake_lakes() {
    if [ -n "$_ol_lake" ]; then printf '%s\\n' "$_ol_lake"
    elif [ -n "$OPTIONLAKE_LAKE_FOLDER" ]; then printf '%s\\n' "$OPTIONLAKE_LAKE_FOLDER"
    else printf '%s\\n' lake/ib lake/simulated "$data/ib" "$data/simulated" /var/lib/optionlake/lake/ib
    fi
  }
  _optionlake_lakes | while IFS= read -r lake; do
    if [ ! -d "$lake/option_snapshots" ]; then continue; fi
    for folder in "$lake"/*/symbol=*; do
      name="\${folder##*/symbol=}"
      case "$found" in *" $name "*) continue ;; esac
      if [ -d "$folder" ]; then found="$found$name " && printf '%s ' "$name"; fi
    done
  done
}`

const BASH = `_optionlake() {
  local current="\${COMP_WORDS[COMP_CWORD]}" _ol_offer _ol_commands _ol_options _ol_argument _ol_values _ol_lake one
  if [ "$current" = '=' ]; then current=''; fi
  _optionlake_walk "$current" "\${COMP_WORDS[@]:1:COMP_CWORD-1}"
  COMPREPLY=()
  case "$_ol_offer" in
    'words '*) while IFS= read -r one; do COMPREPLY+=("$one"); done < <(compgen -W "\${_ol_offer#words }" -- "$current") ;;
    files)
      compopt -o filenames 2>/dev/null
      while IFS= read -r one; do COMPREPLY+=("$one"); done < <(compgen -f -- "$current") ;;
  esac
}
complete -F _optionlake optionlake
`

const ZSH = `_optionlake() {
  emulate -L zsh
  setopt null_glob sh_word_split
  local _ol_offer _ol_commands _ol_options _ol_argument _ol_values _ol_lake
  _optionlake_walk "\${words[CURRENT]}" "\${(@)words[2,CURRENT-1]}"
  case "$_ol_offer" in
    'words '*) compadd -- \${=_ol_offer#words } ;;
    files) _files ;;
  esac
}
if [ "$funcstack[1]" = _optionlake ]; then _optionlake "$@"; else compdef _optionlake optionlake; fi
`
