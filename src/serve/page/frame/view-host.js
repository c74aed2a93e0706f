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
    const [{ view }] = await Promise.all([entry.load(), loadStyle(`views/${name}/view.css`)])
    return view
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
     * Loads a view before its state is known.
     *
     * @param {string} name
     */
    preload(name) {
      // What fails here fails again, and is told, when the view is shown.
      load(name).catch(() => {})
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

/** @type {Map<string, Promise<void>>} */
const styles = new Map()

/**
 * Adds a style sheet once; resolves when it is there.
 *
 * @param {string} path
 */
function loadStyle(path) {
  const known = styles.get(path)
  if (known) return known
  const link = element('link', { attributes: { rel: 'stylesheet', href: path } })
  const loaded = new Promise((/** @type {(value: void) => void} */ resolve, reject) => {
    link.addEventListener('load', () => resolve())
    link.addEventListener('error', () => {
      link.remove()
      styles.delete(path)
      reject(new Error(`${path} could not be loaded`))
    })
  })
  styles.set(path, loaded)
  document.head.append(link)
  return loaded
}
