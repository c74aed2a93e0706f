import { byId, element, setText } from '../dom.js'
import { VIEWS } from '../views.js'

/**
 * Loads a view when it is first wanted, and gives it every state.
 *
 * @import { MountedView, Page, View, ViewState } from '../view.ts'
 */

/** @param {Page} page */
export function createViewHost(page) {
  const main = byId('view')
  /** @type {{ name: string, mounted: MountedView, root: HTMLElement } | null} */
  let open = null
  let wanted = ''
  /** @type {ViewState | null} */
  let newest = null

  /** @param {string} name */
  async function load(name) {
    const entry = VIEWS.find((view) => view.name === name)
    if (!entry) throw new Error(`there is no view ${name}`)
    return entry.load()
  }

  /** @param {View} view */
  function mount({ name, title, mount: build }) {
    open?.mounted.destroy()
    open?.root.remove()
    const root = element('div', { className: `view view-${name}` })
    setText(byId('title'), title)
    document.title = `${title} · optionlake`
    main.append(root)
    open = { name, root, mounted: build(root, page) }
    main.removeAttribute('aria-busy')
  }

  return {
    /**
     * Loads and builds the first view before its state is known.
     *
     * @param {string} name
     */
    preload(name) {
      wanted = name
      load(name).then(
        (view) => {
          if (open === null && wanted === name) mount(view)
        },
        // What fails here fails again, and is told, when the view is shown.
        () => {},
      )
    },
    /**
     * @param {string} name
     * @param {ViewState} state
     */
    async show(name, state) {
      newest = state
      wanted = name
      if (open?.name === name) return open.mounted.show(state)
      const view = await load(name)
      // The reader went on to another view meanwhile, or this one is there already.
      if (wanted !== name) return
      if (open?.name !== name) mount(view)
      open?.mounted.show(newest)
    },
    /** @param {ViewState} state */
    requestsOf: (state) => open?.mounted.requests?.(state) ?? [],
  }
}
