import type { PageCommand } from './page-commands.ts'

/** Why a command is not run; everything else in the docs is. */
export const NOT_RUN_REASONS = {
  systemd: 'needs a machine that systemd has booted, with the service installed',
  root: 'changes the machine, or asks whoever may',
  docker: 'needs Docker',
  suite: 'a suite, campaign, benchmark or build of its own: only looked up in package.json and in its help',
} as const

export type NotRunReason = keyof typeof NOT_RUN_REASONS

/** What becomes of a command of the docs. */
export type Plan =
  /** It runs to its end. */
  | { readonly kind: 'run'; readonly script: string; readonly isShortened: boolean }
  /** It runs until it is stopped: it is shown to start, and is stopped at the end of its block. */
  | { readonly kind: 'serve'; readonly script: string; readonly name: string }
  /** A short campaign or its help: the programs that it would build are there. */
  | { readonly kind: 'program'; readonly script: string; readonly given: string }
  | { readonly kind: 'suite'; readonly script: string; readonly argument: string | null }
  | { readonly kind: 'not_run'; readonly reason: Exclude<NotRunReason, 'suite'> }

/** Steps of an experiment here, in place of the 36,000 of a scenario. */
const STEPS = 30
const SERVES = /\boptionlake (?:--[a-z-]+ \S+ )*(run|simulate|exchange|demo|paper run)\b|serve-lake\.js serve/
/** Scripts that are the program itself. */
const PROGRAM_SCRIPTS: Readonly<Record<string, string>> = {
  demo: 'optionlake demo',
  'collect-once': 'optionlake collect-once',
  optionlake: 'optionlake',
}

export function planOf(command: PageCommand): Plan {
  // `npm ci` installs what is there already; the reader is the user that the service has.
  const text = command.text
    .replace(/^npm ci && (?=npm run demo)/, '')
    .replace(/^sudo -u optionlake /, '')
    .replace(/\bnpx optionlake\b/g, 'optionlake')
  const reason = whyNotRun(text)
  if (reason !== null) return { kind: 'not_run', reason }
  if (/^npm (?:ci|test)\b/.test(text)) return { kind: 'suite', script: 'test', argument: null }
  const npm = /^npm run (?:--silent )?([\w:-]+)(?: -- (.*))?$/.exec(text)
  const program = npm && PROGRAM_SCRIPTS[npm[1] ?? '']
  if (npm && program === undefined && npm[1] !== 'docs') {
    const [, script = '', given = ''] = npm
    if (/--help\b/.test(given) || (script === 'faults' && /--quick\b/.test(given)))
      return { kind: 'program', script, given }
    return { kind: 'suite', script, argument: /^(?:--)?[a-z][a-z-]*/.exec(given)?.[0] ?? null }
  }
  const script = npm && program !== undefined ? `${program} ${npm[2] ?? ''}`.trim() : text
  const serves = SERVES.exec(script)
  if (serves && !/--help|--replay \S+.*--equity|paper run --replay|--list-/.test(script))
    return { kind: 'serve', script: withPort(script, serves[1] ?? ''), name: serves[1] ?? 'page' }
  const shortened = withoutHarm(withFewSteps(script))
  return { kind: 'run', script: shortened, isShortened: shortened !== script }
}

function whyNotRun(text: string): Exclude<NotRunReason, 'suite'> | null {
  if (/^(sudo )?(systemctl|timedatectl)\b/.test(text)) return 'systemd'
  if (/^docker\b/.test(text)) return 'docker'
  return /^sudo(edit\b| (?!scripts\/install-systemd\.sh))/.test(text) ? 'root' : null
}

/** An experiment with its usual steps, or with hundreds, would take minutes. */
function withFewSteps(script: string): string {
  if (/ --steps \d{3}/.test(script)) return script.replace(/ --steps \d+/, ` --steps ${STEPS}`)
  return /optionlake experiment (run|determinism)\b(?!.*--(help|list-|steps))/.test(script)
    ? `${script} --steps ${STEPS}`
    : script
}

/** Installs below the reader's folder, and publishes nothing. */
function withoutHarm(script: string): string {
  return script
    .replace(/^sudo (scripts\/install-systemd\.sh)$/, 'DESTDIR=$PWD/machine $1 --without-modules')
    .replace(/^npm publish /, 'npm publish --dry-run ')
}

/** The port of the gateway is an option, and no setting. */
function withPort(script: string, name: string): string {
  return name === 'simulate' && !script.includes('--port') ? `${script} --port 4002` : script
}
