/** Says on a terminal what a command is waiting for, until its first output. */
export interface Activity {
  close(this: void): void
}

/** Back to the start of the line, which is cleared. */
const CLEARED = '\r\u001b[2K'
let isShown = false

/** @param interactive standard error is a terminal; elsewhere nothing is written. */
export function openActivity(text: string, interactive: boolean): Activity {
  if (interactive) {
    clearActivity()
    process.stderr.write(`${text} …`)
    isShown = true
  }
  return { close: clearActivity }
}

/** Must be called before anything else is written to the terminal. */
export function clearActivity(): void {
  if (isShown) process.stderr.write(CLEARED)
  isShown = false
}
