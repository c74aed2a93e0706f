import { formatTable } from '../../../src/commands/terminal/table.ts'

/** One lesson: a question, the figures that answer it, and what they say. */
export interface Lesson {
  readonly title: string
  /** What is compared, and how. */
  readonly text: string
  /** Titles; the first column names the rows. */
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** Sentences with the figures in them. */
  readonly answers: readonly string[]
}

export function lessonAsText({ title, text, columns, rows, answers }: Lesson): string {
  const table = formatTable(
    rows,
    columns.map((column, at) => ({
      title: column,
      align: at === 0 ? ('left' as const) : ('right' as const),
      value: (row: readonly string[]) => row[at] ?? '',
    })),
  )
  return [title, text, table, ...answers].join('\n\n')
}

export function lessonAsMarkdown({ title, text, columns, rows, answers }: Lesson): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const table = [
    line(columns),
    line(columns.map((_, at) => (at === 0 ? '---' : '---:'))),
    ...rows.map((row) => line(row)),
  ].join('\n')
  return [`### ${title}`, wrapped(text), table, ...answers.map(wrapped)].join('\n\n')
}

const PAGE_WIDTH = 120

/** Lines as long as those of the pages. */
export function wrapped(text: string): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > PAGE_WIDTH) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join('\n')
}
