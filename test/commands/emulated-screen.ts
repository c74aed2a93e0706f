/** What a terminal shows after the text so far: the sequences that our commands and cli-progress write, and no other. */
export interface EmulatedScreen {
  write(text: string): void
  /** From the first to the last line with text, without blanks at their ends. */
  lines(): string[]
  readonly isCursorShown: () => boolean
  /** The whole-screen mode of `top`, which leaves the text before it as it was. */
  readonly isAlternate: () => boolean
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it begins every sequence
const SEQUENCE = /^\u001b\[(\??)(\d*)(?:;\d+)*([A-Za-z])/

export function emulatedScreen(columns: number): EmulatedScreen {
  let cells: string[][] = [[]]
  let kept: string[][] | null = null
  let [row, column] = [0, 0]
  let saved: [number, number] = [0, 0]
  let [wraps, isCursorShown] = [true, true]

  function put(character: string): void {
    if (column >= columns) {
      if (wraps) [row, column] = [row + 1, 0]
      else column = columns - 1
    }
    while (cells.length <= row) cells.push([])
    const line = cells[row] as string[]
    while (line.length < column) line.push(' ')
    line[column++] = character
  }

  function clearLine(mode: number): void {
    const line = cells[row] ?? []
    if (mode === 0) line.length = Math.min(line.length, column)
    else if (mode === 2) line.length = 0
    else line.fill(' ', 0, column + 1)
  }

  function control(isPrivate: boolean, number: string, letter: string): void {
    const n = Number(number || '1')
    if (isPrivate) {
      const on = letter === 'h'
      if (number === '25') isCursorShown = on
      else if (number === '7') wraps = on
      else if (number === '1049') {
        if (on) [kept, cells] = [cells, [[]]]
        else [kept, cells] = [null, kept ?? cells]
      } else throw new Error(`unknown mode ${number}`)
    } else if (letter === 'A') row = Math.max(0, row - n)
    else if (letter === 'B') row += n
    else if (letter === 'G') column = n - 1
    else if (letter === 'H') [row, column] = [0, 0]
    else if (letter === 'K') clearLine(Number(number || '0'))
    else if (letter === 'J') {
      clearLine(0)
      cells.length = Math.min(cells.length, row + 1)
    } else if (letter !== 'm') throw new Error(`unknown sequence ${letter}`)
  }

  return {
    write: (text) => {
      for (let at = 0; at < text.length; ) {
        const [sequence, mark, number, letter] = SEQUENCE.exec(text.slice(at, at + 20)) ?? []
        if (sequence !== undefined) {
          control(mark === '?', number as string, letter as string)
          at += sequence.length
          continue
        }
        const character = text[at++] as string
        if (character === '\u001b') {
          if (text[at] === '7') saved = [row, column]
          else if (text[at] === '8') [row, column] = saved
          else throw new Error(`unknown sequence ${text[at]}`)
          at++
          continue
        }
        // As a terminal driver does, a new line also goes to the first column.
        if (character === '\n') [row, column] = [row + 1, 0]
        else if (character === '\r') column = 0
        else if (character < ' ') throw new Error(`unknown character ${character.charCodeAt(0)}`)
        else put(character)
      }
    },
    lines: () => {
      const lines = Array.from(cells, (line) => (line ?? []).join('').trimEnd())
      while (lines.length > 0 && lines.at(-1) === '') lines.pop()
      return lines
    },
    isCursorShown: () => isCursorShown,
    isAlternate: () => kept !== null,
  }
}
