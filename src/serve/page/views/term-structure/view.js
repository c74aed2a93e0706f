import { createViewBody } from '../view-body.js'

/** @type {import('../../view.ts').View} */
export const view = {
  name: 'term-structure',
  title: 'Term structure',
  needsSymbol: true,
  mount(root) {
    const body = createViewBody(root)
    return {
      show: () => body.absent('nothing is shown here yet'),
      destroy: () => body.destroy(),
    }
  },
}
