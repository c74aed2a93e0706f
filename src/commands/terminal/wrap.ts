import { stripVTControlCharacters } from 'node:util'
import { type Screen, toned } from './screen.ts'

/** The characters that a text takes on a terminal, colours left out. */
export function widthOf(text: string): number {
  // Most text has no control characters, and every cell of a table is measured.
  return text.includes('\u001b') ? stripVTControlCharacters(text).length : text.length
}

/** Breaks lines that are wider than the screen between words, and indents what follows; other lines stay as they are. */
export function wrapped(text: string, { columns }: Pick<Screen, 'columns'>): string {
  if (columns === null) return text
  return text
    .split('\n')
    .map((line) => (widthOf(line) > columns ? wrappedLine(line, columns) : line))
    .join('\n')
}

function wrappedLine(line: string, columns: number): string {
  const [lead = ''] = /^ */.exec(line) ?? []
  const indent = ' '.repeat(Math.min(lead.length + 2, Math.floor(columns / 3)))
  const lines: string[] = []
  let current = lead
  for (const word of wordsOf(line.trim())) {
    const isStart = current.trim() === ''
    if (isStart || widthOf(current) + 1 + widthOf(word) <= columns) current += isStart ? word : ` ${word}`
    else {
      lines.push(current)
      current = indent + word
    }
  }
  return [...lines, current].join('\n')
}

const UNIT = /^(?:[kMGT]?B|m?s|min|h|d|%|days?|years?|points?|rows?|slots?|files?)(?![\w/])/

/** A number and its unit are one word. */
function wordsOf(text: string): string[] {
  const words: string[] = []
  for (const word of text.split(' ')) {
    const last = words.at(-1)
    if (last !== undefined && /\d$/.test(last) && UNIT.test(word)) words[words.length - 1] = `${last} ${word}`
    else words.push(word)
  }
  return words
}

/** The words of a text in lines of at most so many characters; a longer word has a line of its own. */
export function wordLines(text: string, columns: number): string[] {
  const lines: string[] = ['']
  for (const word of wordsOf(text)) {
    const line = lines.at(-1) as string
    if (line === '') lines[lines.length - 1] = word
    else if (line.length + 1 + word.length <= columns) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

/** The text in at most so many characters, cut with an ellipsis. */
export function shortened(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`
}

/** A line of progress or advice, with the word that makes it a warning in its colour. */
export function statusText(line: string, screen: Screen): string {
  return wrapped(line, screen).replace(
    /^(optionlake: )(warning:)/,
    (_, name: string, word: string) => name + toned(word, 'warning', screen),
  )
}

/** A warning, as errors are written: the name of the program first. */
export function warningText(message: string): string {
  return `optionlake: warning: ${message}`
}
