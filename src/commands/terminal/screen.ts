import pico from 'picocolors'

/** What a stream can show. */
export interface Screen {
  /** Width in characters; null where there is no limit: not a terminal, or --wide. */
  readonly columns: number | null
  readonly isTerminal: boolean
  readonly hasColour: boolean
  /** The terminal's text is UTF-8, which plots need. */
  readonly isUnicode: boolean
}

type Environment = Readonly<Record<string, string | undefined>>
type Stream = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>

/** Of terminals that do not say how wide they are. */
const USUAL_COLUMNS = 80

export function screenOf(
  { isTTY, columns }: Stream,
  { environment = process.env, wide = false }: { environment?: Environment; wide?: boolean } = {},
): Screen {
  const isTerminal = isTTY === true
  return {
    columns: isTerminal && !wide ? columns || USUAL_COLUMNS : null,
    isTerminal,
    hasColour: hasColour(isTerminal, environment),
    isUnicode: /utf-?8/i.test(environment.LC_ALL || environment.LC_CTYPE || environment.LANG || ''),
  }
}

/** Whether what was written can be written over: on a terminal that is not a dumb one. */
export function canRedraw({ isTTY }: Pick<Stream, 'isTTY'>, { TERM }: Environment = process.env): boolean {
  return isTTY === true && TERM !== 'dumb'
}

/** FORCE_COLOR decides, then NO_COLOR, then whether it is a terminal. */
function hasColour(isTerminal: boolean, { FORCE_COLOR, NO_COLOR, TERM }: Environment): boolean {
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  if (NO_COLOR) return false
  return isTerminal && TERM !== 'dumb'
}

let wide = false

/** Whether tables on standard output ignore its width: the option --wide of the command that runs. */
export function setWide(value: boolean): void {
  wide = value
}

/** Standard output as it is now: a terminal may have been resized. */
export function outputScreen(): Screen {
  return screenOf(process.stdout, { wide })
}

/** What a text is, which decides its colour: wrong, to be looked at, secondary. */
export type Tone = 'bad' | 'warning' | 'dim'

const COLOURS = pico.createColors(true)
const PAINT = { bad: COLOURS.red, warning: COLOURS.yellow, dim: COLOURS.dim } as const

export function toned(text: string, tone: Tone | null, { hasColour }: Pick<Screen, 'hasColour'>): string {
  return text === '' || tone === null || !hasColour ? text : PAINT[tone](text)
}

/** A slot that is missing is wrong, a partial one to be looked at. */
export function outcomeTone(outcome: string): Tone | null {
  if (outcome === 'missing') return 'bad'
  return outcome === 'partial' ? 'warning' : null
}
