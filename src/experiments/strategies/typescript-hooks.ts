import { readFile } from 'node:fs/promises'
import type { LoadHook, ResolveHook } from 'node:module'
import { fileURLToPath } from 'node:url'
import { transform } from '@swc/wasm-typescript'
import { toSyntaxError } from './syntax-problem.ts'

// Module hooks, which Node runs in a thread of their own: they let a strategy's file, and the files that it imports, be
// written in TypeScript. Types are replaced by spaces, so that lines and columns of errors stay those of the file.

/** `./neighbour.js` also names a file `neighbour.ts`, as in projects that are compiled. */
export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  try {
    return await nextResolve(specifier, context)
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND'
    if (!isMissing || !/^(?:\.|\/|file:).*\.m?js$/.test(specifier)) throw error
    try {
      return await nextResolve(specifier.replace(/js$/, 'ts'), context)
    } catch {
      throw error
    }
  }
}

export const load: LoadHook = async (url, context, nextLoad) => {
  if (!/^file:[^?#]*\.m?ts(?:[?#]|$)/.test(url)) return nextLoad(url, context)
  const path = fileURLToPath(url)
  const written = await readFile(path, 'utf8')
  try {
    const { code } = await transform(written, { filename: path, mode: 'strip-only', module: true })
    return { format: 'module', source: code, shortCircuit: true }
  } catch (problem) {
    throw toSyntaxError(problem, path)
  }
}
