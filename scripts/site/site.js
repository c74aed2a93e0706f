/** The search of the documentation. Everything else works without a script. */

/** @typedef {readonly [path: string, title: string, heading: string, anchor: string, text: string]} Entry */

const LIMIT = 12
const input = /** @type {HTMLInputElement} */ (document.getElementById('search'))
const found = /** @type {HTMLElement} */ (document.getElementById('found'))
const pages = /** @type {HTMLDetailsElement} */ (document.getElementById('pages'))

/** @type {Promise<Entry[]> | null} */
let entries = null

function load() {
  entries ??= fetch('search.json').then((answer) => answer.json())
  return entries
}

/**
 * The parts that have every word, the best first: words of a heading count more than those of its text.
 * @param {readonly Entry[]} all
 * @param {string} query
 */
function search(all, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const points = (/** @type {Entry} */ [, title, heading, , text]) => {
    let sum = 0
    for (const word of words) {
      const inHeading = heading.toLowerCase().includes(word)
      const inTitle = title.toLowerCase().includes(word)
      if (!inHeading && !inTitle && !text.toLowerCase().includes(word)) return 0
      sum += inHeading ? 5 : inTitle ? 2 : 1
    }
    return sum
  }
  return all
    .map((entry) => ({ entry, score: points(entry) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, LIMIT)
    .map(({ entry }) => entry)
}

/** @param {Entry} entry */
function item([path, title, heading, anchor]) {
  const link = document.createElement('a')
  link.href = anchor === '' ? path : `${path}#${anchor}`
  link.textContent = heading === title ? title : `${title}: ${heading}`
  const line = document.createElement('li')
  line.append(link)
  return line
}

async function show() {
  const query = input.value.trim()
  found.hidden = query === ''
  if (query === '') return
  const results = search(await load(), query)
  if (query !== input.value.trim()) return
  const list = document.createElement('ul')
  list.append(...results.map(item))
  found.replaceChildren(
    results.length > 0 ? list : document.createTextNode('Nothing has all of these words.'),
  )
}

input.disabled = false
input.addEventListener('focus', load, { once: true })
input.addEventListener('input', show)
input.addEventListener('keydown', (event) => {
  if (event.key === 'Enter') found.querySelector('a')?.click()
  if (event.key === 'Escape') {
    input.value = ''
    found.hidden = true
  }
})
document.addEventListener('click', (event) => {
  if (event.target instanceof Element && event.target.closest('search') === null) found.hidden = true
})
// On a narrow screen the list of pages is closed until it is asked for.
if (matchMedia('(max-width: 48rem)').matches) pages.open = false
