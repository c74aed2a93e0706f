import { type Lesson, lessonAsMarkdown, wrapped } from './lesson.ts'
import type { SeedWork } from './seed-runs.ts'

const BEGIN = '<!-- lessons: written by npm run bench:lessons -- --write -->'
const END = '<!-- end of lessons -->'

/** The page with the measured section replaced; the prose around it stays. Throws when the page has no place for it. */
export function withLessons(page: string, section: string): string {
  const start = page.indexOf(BEGIN)
  const end = page.indexOf(END, start)
  if (start < 0 || end < 0) throw new RangeError(`docs/experiments.md has no line ${BEGIN}`)
  return `${page.slice(0, start)}${BEGIN}\n\n${section}\n\n${page.slice(end)}`
}

/** What was run, and the lessons. */
export function lessonSection(lessons: readonly Lesson[], work: readonly SeedWork[]): string {
  const seeds = work.map(({ seed }) => seed)
  const steps = [...new Set(work.map((one) => one.steps))].sort((one, other) => one - other)
  const lengths = steps.map((number) => number.toLocaleString('en-US')).join(' steps, flash_crash ')
  const what = `Seeds ${Math.min(...seeds)} to ${Math.max(...seeds)}, ${lengths} steps. A value is the mean over the seeds, with its 95 % interval (Student's t) in parentheses.`
  return [wrapped(what), ...lessons.map(lessonAsMarkdown)].join('\n\n')
}
