/**
 * Loads uPlot. Whoever imports this module begins once it is there; the views without lines do not wait for it.
 */
import { element } from '../dom.js'

await Promise.all([
  added(element('link', { attributes: { rel: 'stylesheet', href: 'vendor/uplot.css' } })),
  added(element('script', { attributes: { src: 'vendor/uplot.js' } })),
])

/** @param {HTMLElement} node resolves when the browser has loaded what it names */
function added(node) {
  return new Promise((/** @type {(value: void) => void} */ resolve, reject) => {
    node.addEventListener('load', () => resolve())
    node.addEventListener('error', () => reject(new Error('uPlot could not be loaded: load the page again')))
    document.head.append(node)
  })
}
