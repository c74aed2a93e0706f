/** Scales and tick marks of a plot. */

export interface Scale {
  /** Value → position along the axis. */
  (value: number): number
  readonly ticks: readonly { readonly value: number; readonly label: string }[]
}

/** From `low` at position `from` to `high` at `to`, with at most `count` round tick marks. */
export function linearScale(low: number, high: number, from: number, to: number, count: number): Scale {
  const span = high > low ? high - low : 1
  const step = roundStep(span / count)
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
  const ticks = []
  for (let at = Math.ceil(low / step - 1e-9); at * step <= low + span + 1e-9 * step; at++) {
    ticks.push({ value: at * step, label: grouped((at * step).toFixed(decimals)) })
  }
  return Object.assign((value: number) => from + ((value - low) / span) * (to - from), { ticks })
}

/** Logarithmic, with a tick mark at every power of ten; values below `low`, such as 0, are drawn at `low`. */
export function logScale(low: number, high: number, from: number, to: number): Scale {
  const bottom = Math.log10(low)
  const span = Math.max(Math.log10(high) - bottom, 1e-9)
  const ticks = []
  for (let power = Math.ceil(bottom - 1e-9); power <= bottom + span + 1e-9; power++) {
    ticks.push({ value: 10 ** power, label: grouped((10 ** power).toFixed(Math.max(0, -power))) })
  }
  return Object.assign(
    (value: number) => from + ((Math.log10(Math.max(value, low)) - bottom) / span) * (to - from),
    { ticks },
  )
}

/** Market time since the start, as h:mm, with a tick mark every so many minutes. */
export function timeScale(
  steps: number,
  stepsPerSecond: number,
  from: number,
  to: number,
  count: number,
): Scale {
  const minutes = steps / stepsPerSecond / 60
  const every = [1, 2, 5, 10, 15, 30, 60, 120].find((step) => minutes / step <= count) ?? 240
  const ticks = []
  for (let minute = 0; minute <= minutes + 1e-9; minute += every) {
    const label = `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}`
    ticks.push({ value: minute * 60 * stepsPerSecond, label })
  }
  return Object.assign((step: number) => from + (step / steps) * (to - from), { ticks })
}

/** The next of 1, 2 and 5 times a power of ten. */
function roundStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw))
  return power * ([1, 2, 5].find((factor) => factor * power >= raw * (1 - 1e-9)) ?? 10)
}

function grouped(text: string): string {
  const [whole = '', part] = text.split('.')
  const separated = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return part === undefined ? separated : `${separated}.${part}`
}
