import type { Catalogue, CommandDescription } from '../../../src/commands/catalogue/description.ts'
import { purposeOfPath } from './purpose-of-path.ts'

/** One command line: mostly wrong, sometimes right. */
export interface OddArguments {
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

const NUMBERS = [
  '0',
  '1',
  '5',
  '30',
  '-1',
  '1.5',
  '1e3',
  '0x10',
  '99999999999',
  '2147484',
  '٣',
  '1_000',
  'NaN',
]
const TIMES = [
  ...[
    '2026-11-20',
    '20261120',
    'today',
    'yesterday',
    '10:00',
    '2026-11-20 10:00',
    '2026-02-30',
    '9999-12-31',
  ],
  ...[
    '0000-00-00',
    '2026-11-20T10:00:00-05:00',
    '2026-11-20T25:00Z',
    '20261218',
    '1',
    'now',
    '-271821-04-20',
  ],
]
const FILES = [
  ...[
    'lake',
    'lake/simulated',
    'in',
    'in/empty.json',
    'in/broken.json',
    'in/array.json',
    'in/deep.json',
    'in/binary.json',
  ],
  ...[
    'in/config.json',
    'in/odd-config.json',
    'in/scenario.json',
    'in/steps.jsonl',
    'in/quotes.csv',
    'in/loop',
  ],
  ...[
    'out/x.csv',
    'out/x.parquet',
    'out/x.html',
    'out/folder',
    'missing/x.json',
    '../beside/x.json',
    'in/*.jsonl',
  ],
]
const ADDRESSES = ['127.0.0.1:1', '127.0.0.1:99999', '127.0.0.1', ':1', '[::1]:1', 'x:y', '127.0.0.1:-1']
const SYMBOLS = ['SPY', 'spy', 'QQQ', 'BRK B', 'SPY,QQQ', 'SPY,,QQQ', 'ES', 'TOOLONGASYMBOL', '^VIX']
const QUERIES = [
  ...[
    'SELECT 1',
    'SELECT * FROM slots',
    'SELECT * FROM nowhere',
    "COPY (SELECT 1) TO 'made.csv'",
    'SELECT (',
    ';',
  ],
  ...[
    "ATTACH 'made.db'",
    "SELECT * FROM read_text('in/config.json')",
    'SELECT 1/0',
    'SELECT \'a\nb\' AS "c\nd"',
  ],
]
const ODD = [
  ...[
    '',
    ' ',
    '-',
    '--',
    '---',
    '-1',
    '=',
    'null',
    'true',
    '{}',
    '[]',
    '__proto__',
    'constructor',
    'toString',
  ],
  ...['😀', '\u202eSPY', 'a\nb', 'a\r\nb', '\u001b[31mred', 'tab\there', '%s%d', '$HOME', '~', '*', "'; --"],
  ...[
    'x'.repeat(300),
    'y'.repeat(50_000),
    '9'.repeat(400),
    'ﬁ',
    'é'.normalize('NFD'),
    '\ud800',
    'NaN',
    'Infinity',
  ],
]
const GLOBAL_FLAGS = ['--config', '--lake', '--gateway', '--client-id', '--clock', '--symbols']
const VARIABLES = [
  ...[
    'OPTIONLAKE_GATEWAY_PORT',
    'OPTIONLAKE_LAKE_FOLDER',
    'OPTIONLAKE_CLOCK',
    'OPTIONLAKE_SYMBOLS',
    'NO_COLOR',
  ],
  ...[
    'OPTIONLAKE_ALERTS',
    'OPTIONLAKE_LOG_LEVEL',
    'OPTIONLAKE_KEEPER_PORT',
    'OPTIONLAKE_NOTHING',
    'COLUMNS',
    'TZ',
  ],
]
const JSON_TEXTS = ['{', '[]', '{"a":1}', '1e999', '"x"', '-0', '[[[]]]', 'false', '{"__proto__":{"x":1}}']
/** Services that start cost half a second each. */
const SERVICE_SHARE = 0.03

/** Command lines over every command and option of a catalogue, the same for the same random numbers. */
export function oddArguments(catalogue: Catalogue, random: () => number): () => OddArguments {
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const all = catalogue.flatMap((command) =>
    command.commands.length === 0
      ? [{ path: [command.name], command }]
      : command.commands.map((inner) => ({ path: [command.name, inner.name], command: inner })),
  )
  const services = all.filter(({ path }) => purposeOfPath(path) === 'service')
  const others = all.filter((each) => !services.includes(each))

  function valueFor(hint: string): string {
    if (random() < 0.3) return one(ODD)
    if (/host/.test(hint)) return one(ADDRESSES)
    if (/file|folder|path|lake|backup|dir|output|out|^a$|^b$/.test(hint)) return one(FILES)
    if (/symbol/.test(hint)) return one(SYMBOLS)
    if (/date|time|version/.test(hint)) return one(TIMES)
    if (/query/.test(hint)) return one(QUERIES)
    return one(random() < 0.7 ? NUMBERS : [...TIMES, ...SYMBOLS, ...FILES])
  }

  function optionsOf({ options }: CommandDescription): string[] {
    const words: string[] = []
    for (let left = Math.floor(random() * 4); left > 0 && options.length > 0; left--) {
      const { flags, choices } = one(options)
      const flag = /--[\w-]+/.exec(flags)?.[0] ?? flags
      const takes = /[<[](.+)[\]>]/.exec(flags)?.[1]
      const value =
        takes === undefined || random() < 0.03
          ? null
          : choices && random() < 0.6
            ? one(choices)
            : valueFor(takes)
      if (value === null) words.push(flag)
      else if (random() < 0.3) words.push(`${flag}=${value}`)
      else words.push(flag, value)
    }
    return words
  }

  return () => {
    const { path, command } = one(random() < SERVICE_SHARE ? services : others)
    const operands = command.arguments
      .filter(({ usage }) => random() < (usage.startsWith('<') ? 0.95 : 0.4))
      .map(({ usage, choices }) => (choices && random() < 0.6 ? one(choices) : valueFor(usage.slice(1, -1))))
    const words: string[] = [...path, ...operands, ...optionsOf(command)]
    if (random() < 0.15) words.unshift(one(GLOBAL_FLAGS), valueFor(one(['file', 'host', 'number', 'symbol'])))
    if (random() < 0.3) words.splice(Math.floor(random() * (words.length + 1)), 0, '--json')
    if (random() < 0.05) words.push(one(words))
    if (random() < 0.04) words.push(one(ODD))
    if (random() < 0.04) words[Math.floor(random() * words.length)] = one(ODD)
    const environment: Record<string, string> = {}
    if (random() < 0.08)
      environment[one(VARIABLES)] = random() < 0.5 ? one(JSON_TEXTS) : one(ODD.slice(0, 20))
    if (random() < 0.03) environment.OPTIONLAKE_CONFIG = one(FILES)
    return { args: words, environment }
  }
}
