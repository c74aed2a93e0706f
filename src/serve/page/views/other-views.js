/* The views that are not needed for the first drawing: one script of the page as it is served. */

export { view as chain } from './chain/view.js'
export { view as collection } from './collection/view.js'
export { view as coverage } from './coverage/view.js'
export { view as expectedMove } from './expected-move/view.js'
export { view as positioning } from './positioning/view.js'
export { view as smile } from './smile/view.js'
export { view as termStructure } from './term-structure/view.js'
export { view as volatility } from './volatility/view.js'
