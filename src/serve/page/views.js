/**
 * The views in the order of the page and of the keys 1 to 9. Each is loaded when it is first shown.
 *
 * @import { View } from './view.ts'
 */

/** @typedef {{ readonly name: string, readonly title: string, readonly load: () => Promise<{ view: View }> }} ViewEntry */

/** @type {readonly ViewEntry[]} */
export const VIEWS = [
  { name: 'status', title: 'Status', load: () => import('./views/status/view.js') },
  { name: 'coverage', title: 'Coverage', load: () => import('./views/coverage/view.js') },
  { name: 'smile', title: 'Smile', load: () => import('./views/smile/view.js') },
  { name: 'term-structure', title: 'Term structure', load: () => import('./views/term-structure/view.js') },
  { name: 'volatility', title: 'Volatility', load: () => import('./views/volatility/view.js') },
  { name: 'expected-move', title: 'Expected move', load: () => import('./views/expected-move/view.js') },
  { name: 'positioning', title: 'Positioning', load: () => import('./views/positioning/view.js') },
  { name: 'chain', title: 'Chain', load: () => import('./views/chain/view.js') },
  { name: 'collection', title: 'Collection', load: () => import('./views/collection/view.js') },
]
