import { z } from 'zod'
import { paperOptions } from '../../src/paper/options.ts'

const BEGIN = '<!-- settings: written by npm run docs -->'
const END = '<!-- end of settings -->'

interface Property {
  readonly description?: string
  readonly default?: unknown
}

/** The page docs/paper-trader.md with the table of settings as they are in the code. */
export function withPaperSettings(page: string): string {
  const from = page.indexOf(BEGIN)
  const to = page.indexOf(END)
  if (from < 0 || to < from) throw new Error('docs/paper-trader.md has no place for the settings')
  return `${page.slice(0, from)}${BEGIN}\n\n${settingsTable()}\n${page.slice(to)}`
}

function settingsTable(): string {
  const { properties = {} } = z.toJSONSchema(paperOptions, { io: 'input' }) as {
    properties?: Readonly<Record<string, Property>>
  }
  const rows = Object.entries(properties).map(([name, property]) => {
    const text = (property.description ?? '').replaceAll('|', '\\|')
    return `| \`${name}\` | \`${JSON.stringify(property.default)}\` | ${text} |`
  })
  return ['| paper. | default | meaning and reason |', '| --- | --- | --- |', ...rows, ''].join('\n')
}
