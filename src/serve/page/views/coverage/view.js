import { createViewBody } from '../view-body.js'

/** @type {import('../../view.ts').View} */
export const view = {
  name: 'coverage',
  title: 'Coverage',
  needsSymbol: false,
  mount(root) {
    const body = createViewBody(root)
    return {
      show: () => body.absent('nothing is shown here yet'),
      destroy: () => body.destroy(),
    }
  },
}
