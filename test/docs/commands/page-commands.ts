/** A command of a page, as one line without its comment. */
export interface PageCommand {
  readonly line: number
  readonly text: string
}

/** What one fence of a page says: commands, a file that the reader writes, or neither. */
export interface Block {
  readonly page: string
  readonly line: number
  readonly language: string
  readonly commands: readonly PageCommand[]
  /** ```json file=my.json */
  readonly file: { readonly name: string; readonly text: string } | null
}

/** Every fence of a page, in order, and at the end one with the complete commands between back-ticks. */
export function blocksOf(page: string, text: string): Block[] {
  const lines = text.split('\n')
  const blocks: Block[] = []
  const prose: PageCommand[] = []
  for (let at = 0; at < lines.length; at++) {
    const fence = /^ *```(.*)$/.exec(lines[at] ?? '')
    if (!fence) {
      prose.push(...inlineCommands(lines[at] ?? '', at + 1))
      continue
    }
    const from = at + 1
    while (!/^ *```$/.test(lines[++at] ?? '```')) {}
    blocks.push(blockOf(page, { from, info: fence[1] ?? '', body: lines.slice(from, at) }))
  }
  const inBlocks = new Set(blocks.flatMap(({ commands }) => commands.map(({ text: one }) => one)))
  const commands = prose.filter(
    ({ text: one }, at) => !inBlocks.has(one) && prose.findIndex((other) => other.text === one) === at,
  )
  return [...blocks, { page, line: 0, language: 'sh', commands, file: null }]
}

function blockOf(
  page: string,
  { from, info, body }: { from: number; info: string; body: readonly string[] },
): Block {
  const [language = '', ...words] = info.trim().split(/\s+/)
  const { file } = Object.fromEntries(words.map((word) => word.split('='))) as Record<string, string>
  return {
    ...{ page, line: from, language },
    commands: language === 'sh' || language === 'console' ? commandsIn(body, from + 1, language) : [],
    file: file === undefined ? null : { name: file, text: `${body.join('\n')}\n` },
  }
}

/** Of a console, the lines after `$ `; of a script, all lines. A line that ends with a backslash goes on in the next. */
function commandsIn(body: readonly string[], first: number, language: string): PageCommand[] {
  const commands: PageCommand[] = []
  for (let at = 0; at < body.length; at++) {
    const line = first + at
    let text = (body[at] ?? '').trim()
    if (language === 'console' && !text.startsWith('$ ')) continue
    while (text.endsWith('\\')) text = `${text.slice(0, -1).trim()} ${(body[++at] ?? '').trim()}`
    text = withoutComment(text.replace(/^\$ /, '')).replace(/ &$/, '')
    if (text !== '') commands.push({ line, text })
  }
  return commands
}

function withoutComment(text: string): string {
  return text.replace(/^((?:[^'"#]|'[^']*'|"[^"]*"|(?<=\S)#)*?)(?:^|\s)#.*$/, '$1').trim()
}

/** What a reader would put in the place of: `optionlake chain SYMBOL` is not a command yet. */
const PLACEHOLDER =
  /(?:^|[ =])(SYMBOL|FOLDER|LAKE|FILE|NAME|TABLE|VERSION|TIME|F|IN\.csv|OUT\.csv)(?:\b|\.csv)|…|\.\.\.|<|\[/
/** An option without its value. */
const UNFINISHED = /--(as-of|from|lake|scenario|gateway|symbol|out)$/

function inlineCommands(line: string, number: number): PageCommand[] {
  return [...line.matchAll(/`((?:npx )?optionlake [a-z-]+ [^`]+|(?:npx )?optionlake --[^`]+)`/g)]
    .map(([, code]) => ({ line: number, text: (code ?? '').replace(/^npx /, '') }))
    .filter(({ text }) => !PLACEHOLDER.test(text) && !UNFINISHED.test(text))
    .filter(({ text }) => !/^optionlake (experiment|paper|alerts) [a-z]+$/.test(text))
}
