import { createRequire } from 'node:module'
import GithubSlugger from 'github-slugger'
import createMarkdown, { type MarkdownIt, type Token } from 'markdown-it'

/** What is used of highlight.js. Its own types would bring those of the browser into every file of the project. */
interface Highlighter {
  getLanguage(name: string): unknown
  highlight(code: string, options: { readonly language: string }): { readonly value: string }
}

const highlighter = createRequire(import.meta.url)('highlight.js/lib/common') as Highlighter

/** A heading below the title. */
export interface Heading {
  readonly level: number
  readonly text: string
  readonly anchor: string
}

export interface RenderedPage {
  readonly title: string
  readonly html: string
  readonly headings: readonly Heading[]
}

/** Names of languages that the docs use and highlight.js does not know under this name. */
const LANGUAGES: Readonly<Record<string, string>> = { sh: 'bash', console: 'plaintext', text: 'plaintext' }

/** A page as HTML. Anchors of headings are those of GitHub, so that a link works in both places. */
export function renderPage(text: string, linkTo: (target: string) => string): RenderedPage {
  const markdown = createMarkdown({ html: false, linkify: false, typographer: false, highlight })
  const slugger = new GithubSlugger()
  const tokens = markdown.parse(text, {})
  const headings: Heading[] = []
  let title = ''
  for (const [at, token] of tokens.entries()) {
    if (token.type === 'heading_open') {
      const heading = plainText(tokens[at + 1]?.children ?? [])
      const anchor = slugger.slug(heading)
      token.attrSet('id', anchor)
      if (token.tag === 'h1') title ||= heading
      else headings.push({ level: Number(token.tag.slice(1)), text: heading, anchor })
    }
    // A cell above a column without a title is no heading.
    const ending = tokens[at + 2]
    if (token.type === 'th_open' && tokens[at + 1]?.content === '' && ending?.type === 'th_close')
      for (const one of [token, ending]) one.tag = 'td'
    // The policy of the site allows no style attributes.
    if (token.attrGet('style') === 'text-align:right') token.attrs = [['class', 'right']]
    for (const child of token.children ?? []) {
      for (const name of ['href', 'src']) {
        const target = child.attrGet(name)
        if (target !== null) child.attrSet(name, linkTo(String(target)))
      }
    }
  }
  withAnchors(markdown)
  // Wide tables and long lines of code scroll by themselves, also by keyboard; the page does not.
  const { fence } = markdown.renderer.rules
  markdown.renderer.rules.fence = (...given) =>
    (fence?.(...given) ?? '').replace('<pre>', '<pre tabindex="0" role="group" aria-label="Code">')
  markdown.renderer.rules.table_open = () =>
    '<div class="table" tabindex="0" role="group" aria-label="Table"><table>'
  markdown.renderer.rules.table_close = () => '</table></div>'
  return { title, html: markdown.renderer.render(tokens, markdown.options, {}), headings }
}

function plainText(tokens: readonly Token[]): string {
  return tokens
    .filter(({ type }) => type === 'text' || type === 'code_inline')
    .map(({ content }) => content)
    .join('')
}

/** Ends each heading with a link to itself. */
function withAnchors({ renderer }: MarkdownIt): void {
  renderer.rules.heading_close = (tokens, at, options, _env, self) => {
    const opening = tokens[at - 2]
    const anchor = opening?.attrGet('id')
    const name = plainText(tokens[at - 1]?.children ?? [])
    const label = `Link to ${name}`.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;')
    const link = `<a class="anchor" href="#${anchor}" aria-label="${label}">#</a>`
    return opening?.tag === 'h1' ? self.renderToken(tokens, at, options) : `${link}</${opening?.tag}>\n`
  }
}

/** Colours code as elements with classes. '' leaves the escaping to the renderer. */
function highlight(code: string, name: string): string {
  const language = LANGUAGES[name] ?? name
  return highlighter.getLanguage(language) ? highlighter.highlight(code, { language }).value : ''
}
