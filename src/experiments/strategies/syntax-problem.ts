import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'

/** What the compiler throws: an object that is no Error. Lines count from 1, columns from 0. */
interface CompilerProblem {
  readonly message: string
  readonly startLine: number
  readonly startColumn: number
}

/** A problem of the compiler as an error with the place in its stack, where errors have it. */
export function toSyntaxError(problem: unknown, path: string): SyntaxError {
  const { message, startLine, startColumn } = problem as CompilerProblem
  return new SyntaxError(`${message}\n    at ${pathToFileURL(path).href}:${startLine}:${startColumn + 1}`)
}

/** The first syntax error of a file; null if it has none. */
export async function syntaxProblem(file: string): Promise<SyntaxError | null> {
  const { transform } = await import('@swc/wasm-typescript')
  try {
    await transform(await readFile(file, 'utf8'), { filename: file, mode: 'strip-only', module: true })
    return null
  } catch (problem) {
    return toSyntaxError(problem, file)
  }
}
