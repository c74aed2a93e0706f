import { view as status } from './views/status/view.js'

/**
 * The views in the order of the page and of the keys 1 to 9. The first comes with the page; the others are loaded together
 * when one of them is first wanted.
 *
 * @import { View } from './view.ts'
 */

/** @typedef {{ readonly name: string, readonly title: string, readonly load: () => Promise<View> }} ViewEntry */

function others() {
  return import('./views/other-views.js').catch((error) => {
    throw new Error('this view could not be loaded: load the page again', { cause: error })
  })
}

/** @type {readonly ViewEntry[]} */
export const VIEWS = [
  { name: 'status', title: 'Status', load: async () => status },
  { name: 'coverage', title: 'Coverage', load: async () => (await others()).coverage },
  { name: 'smile', title: 'Smile', load: async () => (await others()).smile },
  { name: 'term-structure', title: 'Term structure', load: async () => (await others()).termStructure },
  { name: 'volatility', title: 'Volatility', load: async () => (await others()).volatility },
  { name: 'expected-move', title: 'Expected move', load: async () => (await others()).expectedMove },
  { name: 'positioning', title: 'Positioning', load: async () => (await others()).positioning },
  { name: 'chain', title: 'Chain', load: async () => (await others()).chain },
  { name: 'collection', title: 'Collection', load: async () => (await others()).collection },
]
