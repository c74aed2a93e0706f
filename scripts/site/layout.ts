import type { Section } from './navigation.ts'
import type { Heading, RenderedPage } from './render.ts'

/** What surrounds the text of a page. Links are relative: the pages also work as files. */
export function wholePage(
  { title, html, headings }: RenderedPage,
  { navigation, path, pathOf }: Frame,
): string {
  const ofPage = headings.filter(({ level }) => level <= 3)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}${title === 'optionlake' ? '' : ' · optionlake'}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="site.css">
<script type="module" src="site.js"></script>
</head>
<body>
<a class="skip" href="#text">Skip to the text</a>
<header>
<a class="home" href="index.html">optionlake</a>
<search>
<label for="search">Search</label>
<input id="search" type="search" placeholder="Search" autocomplete="off" spellcheck="false" disabled>
<div id="found" role="region" aria-label="Search results" hidden></div>
</search>
<a id="page" href="../">Live page</a>
</header>
<div class="columns">
<nav aria-label="Pages">
<details id="pages" open>
<summary>Pages</summary>
${navigation.map((section) => sectionList(section, path, pathOf)).join('\n')}
</details>
</nav>
<main id="text">
${html}
</main>
<nav class="contents" aria-label="On this page">
${ofPage.length < 2 ? '' : `<p>On this page</p>\n${headingList(ofPage)}`}
</nav>
</div>
</body>
</html>
`
}

interface Frame {
  readonly navigation: readonly Section[]
  /** This page on the site. */
  readonly path: string
  /** Where a source is on the site. */
  readonly pathOf: (source: string) => string
}

function sectionList({ title, pages }: Section, path: string, pathOf: (source: string) => string): string {
  const items = pages.map(({ title: name, source }) => {
    const to = pathOf(source)
    return `<li><a href="${to}"${to === path ? ' aria-current="page"' : ''}>${escaped(name)}</a></li>`
  })
  return `<p>${escaped(title)}</p>\n<ul>\n${items.join('\n')}\n</ul>`
}

function headingList(headings: readonly Heading[]): string {
  const items = headings.map(
    ({ level, text, anchor }) => `<li class="level-${level}"><a href="#${anchor}">${escaped(text)}</a></li>`,
  )
  return `<ul>\n${items.join('\n')}\n</ul>`
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}
