import { vi } from 'vitest'
import { exitAfter } from '../../src/commands/exit.ts'
import { createProgram } from '../../src/commands/program.ts'

export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

interface Watched {
  /** What a signal to the process aborts. */
  readonly signal?: AbortSignal
  /** Is given each part of standard output at once. */
  onOutput?(text: string): void
}

/** Runs one command in this process, as main.ts does, with whatever it writes captured. */
export async function runCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  { signal = new AbortController().signal, onOutput = () => {} }: Watched = {},
): Promise<CommandResult> {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  const stdout = capture(process.stdout, onOutput)
  const stderr = capture(process.stderr)
  try {
    const program = await createProgram(args, 'test', signal)
    await program.parseAsync([...args], { from: 'user' })
    return { code: 0, stdout: stdout.text(), stderr: stderr.text() }
  } catch (error) {
    const { code, message } = exitAfter(error, signal)
    return {
      code,
      stdout: stdout.text(),
      stderr: `${stderr.text()}${message === null ? '' : `${message}\n`}`,
    }
  } finally {
    stdout.release()
    stderr.release()
    vi.unstubAllEnvs()
  }
}

function capture(stream: NodeJS.WriteStream, onOutput: (text: string) => void = () => {}) {
  let written = ''
  const spy = vi.spyOn(stream, 'write').mockImplementation((chunk) => {
    written += String(chunk)
    onOutput(String(chunk))
    return true
  })
  return { text: () => written, release: () => spy.mockRestore() }
}
