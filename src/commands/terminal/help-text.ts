import type { Screen } from './screen.ts'
import { widthOf, wordLines, wrapped } from './wrap.ts'

/**
 * A part of a command's help within the width of the screen: paragraphs are filled again, and what follows a name in a
 * list goes on under itself. A part that fits stays as it is.
 */
export function helpText(text: string, { columns }: Pick<Screen, 'columns'>): string {
  if (columns === null || text.split('\n').every((line) => widthOf(line) <= columns)) return text
  const lines: string[] = []
  for (const line of text.split('\n')) {
    const before = lines.at(-1)
    if (before !== undefined && isProse(before) && isProse(line))
      lines[lines.length - 1] = `${before} ${line}`
    else lines.push(line)
  }
  return lines
    .flatMap((line) => (isProse(line) ? wordLines(line, columns) : inList(line, columns)))
    .join('\n')
}

function isProse(line: string): boolean {
  return /^[^ ]/.test(line) && !line.endsWith(':')
}

/** Columns that the text of a list keeps beside the names; with less it stands below them. */
const LEAST_TEXT = 20
const BELOW = '      '

/** `  name   what it means`, or another line that is no prose. */
function inList(line: string, columns: number): string[] {
  const [, name] = /^( +\S.*? {2,})\S/.exec(line) ?? []
  if (name === undefined || widthOf(line) <= columns) return [wrapped(line, { columns })]
  const text = line.slice(name.length)
  if (columns - name.length < LEAST_TEXT)
    return [name.trimEnd(), ...wordLines(text, columns - BELOW.length).map((one) => BELOW + one)]
  const [first = '', ...rest] = wordLines(text, columns - name.length)
  return [name + first, ...rest.map((one) => ' '.repeat(name.length) + one)]
}
