/** The whole terminal, for a command that redraws it in place. */
export interface FullScreen {
  /** Replaces what is shown. */
  draw(lines: readonly string[]): void
  /** Gives the terminal back as it was. */
  close(this: void): void
}

const CSI = '\u001b['
const OPEN = `${CSI}?1049h${CSI}?25l`
const CLOSE = `${CSI}?25h${CSI}?1049l`
const CTRL_C = '\u0003'

/** Takes over the terminal. `q` and Ctrl+C call `onQuit`. */
export function openFullScreen({ onQuit, onResize }: { onQuit(): void; onResize(): void }): FullScreen {
  const { stdin, stdout } = process
  const onKey = (key: Buffer) => {
    if (['q', 'Q', CTRL_C].includes(key.toString())) onQuit()
  }
  stdout.write(OPEN)
  stdin.setRawMode(true)
  stdin.on('data', onKey)
  stdin.resume()
  stdout.on('resize', onResize)
  return {
    // One write, and each line only clears what is behind it, so that nothing flickers.
    draw: (lines) => void stdout.write(`${CSI}H${lines.map((line) => `${line}${CSI}K`).join('\r\n')}${CSI}J`),
    close: () => {
      stdout.off('resize', onResize)
      stdin.off('data', onKey)
      stdin.setRawMode(false)
      stdin.pause()
      stdout.write(CLOSE)
    },
  }
}
