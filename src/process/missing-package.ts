/**
 * What to do when a package that the program needs is not installed, in one line; null for any other error. Packages
 * with native code are chosen by platform and are optional for npm, so it may leave them out without a word.
 */
export function explainMissingPackage(error: unknown): string | null {
  const { code, message = '' } = (error ?? {}) as { readonly code?: string; readonly message?: string }
  if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_MODULE_NOT_FOUND') return null
  const [, name] = /^Cannot find (?:module|package) '((?:@[\w.-]+\/)?[\w-][\w.-]*)/.exec(message) ?? []
  if (name === undefined) return null
  return `${name} is not installed: install optionlake again without --omit=optional and without a node_modules of another platform (this is ${process.platform} ${process.arch}, Node ${process.version})`
}
