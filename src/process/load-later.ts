import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)

/**
 * A CommonJS package that is loaded when something of it is first used, for packages that take as long to load as a whole
 * command takes to answer.
 */
export function loadLater<Package extends object>(name: string): Package {
  let loaded: Package | undefined
  return new Proxy({} as Package, {
    get(_, key) {
      loaded ??= load(name) as Package
      return Reflect.get(loaded, key)
    },
  })
}
