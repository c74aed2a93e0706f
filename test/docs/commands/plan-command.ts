import type { Block, PageCommand } from './page-commands.ts'

/** What becomes of a command of the docs. */
export type Plan =
  /** It runs to its end. */
  | { readonly kind: 'run'; readonly script: string; readonly isShortened: boolean }
  /** It runs until it is stopped: it is shown to start, and is stopped at the end of its block. */
  | { readonly kind: 'serve'; readonly script: string; readonly name: string }
  /** It is only checked that npm knows it: a suite or campaign of its own. */
  | { readonly kind: 'exists'; readonly script: string; readonly argument: string | null }
  | { readonly kind: 'not_run'; readonly why: string }

/** Steps of an experiment here, in place of the 36,000 of a scenario. */
const STEPS = 30
const SERVES = /\boptionlake (?:--[a-z-]+ \S+ )*(run|simulate|exchange|demo|paper run)\b|serve-lake\.js serve/
/** Scripts that are the program itself. */
const PROGRAM_SCRIPTS: Readonly<Record<string, string>> = {
  demo: 'optionlake demo',
  'collect-once': 'optionlake collect-once',
  optionlake: 'optionlake',
}

export function planOf(command: PageCommand, notRun: Block['notRun'], why: string): Plan {
  if (notRun !== null) return { kind: 'not_run', why }
  // `npm ci` installs what is there already.
  const text = command.text.replace(/^npm ci(?: && |$)/, '').replace(/\bnpx optionlake\b/g, 'optionlake')
  if (text === '' || text === 'npm test') return { kind: 'exists', script: 'test', argument: null }
  const npm = /^npm run (?:--silent )?([\w:-]+)(?: -- (.*))?$/.exec(text)
  const program = npm && PROGRAM_SCRIPTS[npm[1] ?? '']
  if (npm && program === undefined) {
    const [, script = '', given = ''] = npm
    return { kind: 'exists', script, argument: /^(?:--)?[a-z][a-z-]*/.exec(given)?.[0] ?? null }
  }
  const script = npm ? `${program} ${npm[2] ?? ''}`.trim() : text
  const serves = SERVES.exec(script)
  if (serves && !/--help|--replay \S+.*--equity|paper run --replay|--list-/.test(script))
    return { kind: 'serve', script: withPort(script, serves[1] ?? ''), name: serves[1] ?? 'page' }
  const shortened = withFewSteps(script)
  return { kind: 'run', script: shortened, isShortened: shortened !== script }
}

/** An experiment with its usual steps, or with hundreds, would take minutes. */
function withFewSteps(script: string): string {
  if (/ --steps \d{3}/.test(script)) return script.replace(/ --steps \d+/, ` --steps ${STEPS}`)
  return /optionlake experiment (run|determinism)\b(?!.*--(help|list-|steps))/.test(script)
    ? `${script} --steps ${STEPS}`
    : script
}

/** The port of the gateway is an option, and no setting. */
function withPort(script: string, name: string): string {
  return name === 'simulate' && !script.includes('--port') ? `${script} --port 4002` : script
}
