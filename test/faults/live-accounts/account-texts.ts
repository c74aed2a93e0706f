/** An account text of a gateway, beside what the user has listed. */
export interface AccountCase {
  readonly kind: string
  readonly managed: string
  readonly listed: readonly string[]
}

type Draw = () => number

/** Texts after which no order may be sent, whatever the user listed. */
const REFUSED: Readonly<Record<string, (draw: Draw, own: string) => AccountCase['managed']>> = {
  live: (draw) => `U${digits(draw, 7)}`,
  'live of a company or an advisor': (draw) => `${pick(draw, ['F', 'I', 'X', 'DI'])}${digits(draw, 7)}`,
  'advisor on paper': (draw) => `DF${digits(draw, 6)}`,
  'paper that is not listed': (draw, own) => otherThan(own, () => `DU${digits(draw, 7)}`),
  'nearly listed': (draw, own) =>
    pick(draw, [own.slice(0, -1), `${own}0`, `${own}A`, own.replace('DU', 'DUU'), own.replace('DU', 'UD')]),
  'small letters': (draw, own) => pick(draw, [own.toLowerCase(), `dU${own.slice(2)}`, `Du${own.slice(2)}`]),
  blanks: (draw, own) =>
    pick(draw, [
      ` ${own}`,
      `${own} `,
      `DU ${own.slice(2)}`,
      `${own}\t`,
      `\n${own}`,
      `\u00a0${own}`,
      `${own}\u200b`,
    ]),
  'letters for digits': (draw, own) =>
    pick(draw, [
      own.replace(/\d/, 'O'),
      own.replace(/\d/, 'l'),
      `DU${fullWidth(own.slice(2))}`,
      'DU',
      'DU-1234567',
    ]),
  empty: (draw) => pick(draw, ['', ',', ',,', ' ', 'null', 'undefined', 'All']),
  duplicates: (_draw, own) => `${own},${own}`,
  'another separator': (draw, own) => `${own}${pick(draw, [';', ' ', '|', ', '])}U${digits(draw, 7)}`,
  'mixed with live': (draw, own) => shuffled(draw, [own, `U${digits(draw, 7)}`, `DF${digits(draw, 6)}`]),
  'mixed with paper that is not listed': (draw, own) =>
    shuffled(draw, [own, otherThan(own, () => `DU${digits(draw, 7)}`)]),
  'a gap in the list': (draw, own) => pick(draw, [`${own},,`, `,${own}`, `${own},,${own}`]),
}

/** Texts with which orders are sent. */
const ALLOWED: Readonly<Record<string, (draw: Draw, own: string) => AccountCase>> = {
  'one listed': (_draw, own) => ({ kind: 'one listed', managed: own, listed: [own] }),
  'one listed, with a comma': (_draw, own) => ({
    ...{ kind: 'one listed, with a comma', managed: `${own},`, listed: [own] },
  }),
  'two listed': (draw, own) => {
    const second = otherThan(own, () => `DU${digits(draw, 7)}`)
    return { kind: 'two listed', managed: `${second},${own},`, listed: [own, second] }
  },
  'one of two listed': (draw, own) => ({
    ...{ kind: 'one of two listed', managed: own, listed: [`DU${digits(draw, 6)}`, own] },
  }),
}

export const REFUSED_KINDS = Object.keys(REFUSED)
const ALLOWED_KINDS = Object.keys(ALLOWED)

/** The refused text number `n`, in turn through all kinds. */
export function refusedCase(n: number, draw: Draw): AccountCase {
  const kind = REFUSED_KINDS[n % REFUSED_KINDS.length] as string
  const own = `DU${digits(draw, 7)}`
  const managed = REFUSED[kind]?.(draw, own) ?? ''
  return { kind, managed, listed: [own] }
}

export function allowedCase(n: number, draw: Draw): AccountCase {
  const kind = ALLOWED_KINDS[n % ALLOWED_KINDS.length] as string
  return (ALLOWED[kind] as (draw: Draw, own: string) => AccountCase)(draw, `DU${digits(draw, 7)}`)
}

function digits(draw: Draw, count: number): string {
  return Array.from(
    { length: count },
    (_, at) => (at === 0 ? 1 : 0) + Math.floor(draw() * (at === 0 ? 9 : 10)),
  ).join('')
}

function pick<Value>(draw: Draw, from: readonly Value[]): Value {
  return from[Math.floor(draw() * from.length)] as Value
}

function otherThan(own: string, make: () => string): string {
  for (;;) {
    const other = make()
    if (other !== own) return other
  }
}

function shuffled(draw: Draw, names: readonly string[]): string {
  return names
    .map((name) => ({ name, at: draw() }))
    .sort((a, b) => a.at - b.at)
    .map(({ name }) => name)
    .join(',')
}

function fullWidth(text: string): string {
  return text.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit)))
}
