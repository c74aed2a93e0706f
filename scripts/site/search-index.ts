import type { RenderedPage } from './render.ts'

/** One part of a page, from a heading to the next: page, title of the page, heading, anchor ('' for its begin), text. */
export type SearchEntry = readonly [
  path: string,
  title: string,
  heading: string,
  anchor: string,
  text: string,
]

/** The parts of a page, for the search in the browser. */
export function searchEntries(path: string, { title, html }: RenderedPage): SearchEntry[] {
  const [begin = '', ...parts] = html.split(/(?=<h[2-6] id=")/)
  const entry = (anchor: string, heading: string, part: string): SearchEntry => [
    ...([path, title, heading, anchor, textOf(part)] as const),
  ]
  return [
    entry('', title, begin.replace(/<h1.*?<\/h1>/s, '')),
    ...parts.map((part) => {
      const [whole = '', anchor = '', heading = ''] =
        /^<h[2-6] id="([^"]*)">(.*?)<a class="anchor".*?<\/h[2-6]>/s.exec(part) ?? []
      return entry(anchor, textOf(heading), part.slice(whole.length))
    }),
  ]
}

function textOf(html: string): string {
  return html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim()
}
