import { element } from '../../dom.js'
import { createGatewaySection } from './gateway-section.js'
import { createHarvestSection } from './harvest-section.js'
import { createHealthSection } from './health-section.js'
import { createLakeSection } from './lake-section.js'

/**
 * Whether the collection works: health, the harvest of the day, the gateway and the lake.
 *
 * @type {import('../../view.ts').View}
 */
export const view = {
  name: 'collection',
  title: 'Collection',
  needsSymbol: true,
  mount(root, page) {
    const health = createHealthSection(page)
    const harvest = createHarvestSection(page)
    const gateway = createGatewaySection(page)
    const lake = createLakeSection(page)
    const sections = [health, harvest, gateway, lake]
    root.append(
      element(
        'div',
        { className: 'sections' },
        sections.map((section) => section.element),
      ),
    )
    return {
      show: (state) => {
        harvest.show(state)
        lake.show(state)
        // What is now does not follow the slider.
        if (state.isPlaying) return
        health.show()
        gateway.show()
      },
      requests: harvest.requests,
      destroy: () => {
        for (const section of sections) section.destroy()
      },
    }
  },
}
