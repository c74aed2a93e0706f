import type { CommandContext } from './context.ts'

/** A time in an answer; null where there is none. */
export function isoTime(at: number): string
export function isoTime(at: number | null): string | null
export function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}

/**
 * Prints one answer as one line of JSON. The shape must be named, by a type of `schemas/`, whose fields tsc then
 * requires: `printJson<StatsAnswer>(context, { … })`. Answers are not checked again at run time; tests check them against
 * the published schemas.
 */
export function printJson<Answer = never>(
  { print }: Pick<CommandContext, 'print'>,
  answer: NoInfer<Answer>,
): void {
  print(JSON.stringify(answer))
}
