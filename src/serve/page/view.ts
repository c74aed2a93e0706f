import type { HealthAnswer } from '../api.ts'
import type { PageEvents as ServerEvents } from '../events/page-events.ts'

/** What a view shows: one symbol at one slot. */
export interface ViewState {
  readonly symbol: string
  /** Trade date of the slot; null while nothing is stored. */
  readonly date: string | null
  /** The slot to look at, as ISO time in UTC, as answers write it (`slot`); null: nothing is stored. */
  readonly at: string | null
  /** Whether the page follows the newest slot. */
  readonly isLive: boolean
  readonly isPlaying: boolean
  /** The slots of the date for this symbol, in order: stored, missing and still to come. */
  readonly slots: readonly DaySlot[]
  /** The view's own settings from the address: `#/smile/SPY?axis=delta` has `axis`. */
  readonly options: Readonly<Record<string, string>>
}

/** One slot of a date. */
export interface DaySlot {
  /** ISO time in UTC. */
  readonly slot: string
  /** HH:MM in New York. */
  readonly time: string
  /** `pending`: not due yet. `absent`: it is over, and the ledger has no entry. `closed`: the symbol has no such slot. */
  readonly outcome: 'stored' | 'partial' | 'missing' | 'absent' | 'pending' | 'closed'
  /** Why it is partial or missing; null where there is no reason. */
  readonly reason: string | null
  readonly rows: number | null
}

/** A view of the page: the module `views/NAME/view.js` exports it as `view`; its style sheet is `view.css` beside it. */
export interface View {
  readonly name: string
  readonly title: string
  /** Whether it shows one symbol; else the symbol switch is only marked as not used. */
  readonly needsSymbol: boolean
  /** Builds its elements in `root`, once. What it shows comes with the first `show`. */
  mount(root: HTMLElement, page: Page): MountedView
}

export interface MountedView {
  /**
   * Shows a state. Called at every change of it, after every event that concerns it, and up to 30 times a second while
   * playing: it changes what is there and builds nothing anew.
   */
  show(state: ViewState): void
  /** The paths that `show` will read for a state, so that the player can fetch the next slots ahead. */
  requests?(state: ViewState): readonly string[]
  /** Releases what `mount` took: listeners, charts, timers. The page removes the elements. */
  destroy(): void
}

/** What the page gives to a view. */
export interface Page {
  /**
   * Reads JSON of this server. Answers are kept, within bounds: those of a slot (with `at=` in the path) until an event
   * says that the slot changed, others until any event about stored data.
   * @throws Error with the server's one-line message.
   */
  read<T>(path: string, options?: { readonly signal?: AbortSignal }): Promise<T>
  /** Goes to another symbol, slot (`at`; null: follow the newest) or view. */
  setState(change: { readonly symbol?: string; readonly at?: string | null; readonly view?: string }): void
  /** Changes the view's own settings in the address; null removes one. */
  setOptions(change: Readonly<Record<string, string | null>>): void
  /** The address of a view, for links; what is left out stays as it is. */
  href(to: { readonly view?: string; readonly symbol?: string; readonly at?: string | null }): string
  readonly theme: Theme
  readonly clock: PageClock
  /** The symbols that are collected. */
  symbols(): readonly string[]
  /** The newest answer of `/api/health`; null before the first. */
  health(): HealthAnswer | null
  /** Calls back at every event of that name; returns what ends it. */
  onEvent<Name extends keyof PageEvents>(name: Name, listener: (event: PageEvents[Name]) => void): () => void
}

/** The daemon's time, which may be simulated: never the browser's own. */
export interface PageClock {
  /** Epoch ms; null before the server has said it. */
  now(): number | null
  /** Calls back once a second; returns what ends it. */
  onTick(listener: () => void): () => void
}

/** The colours in use. Charts ask again when they change. */
export interface Theme {
  colors(): ThemeColors
  onChange(listener: () => void): () => void
}

export interface ThemeColors {
  readonly text: string
  readonly soft: string
  readonly line: string
  readonly card: string
  readonly accent: string
  readonly ok: string
  readonly warn: string
  readonly fail: string
  /** For lines side by side, the most important first; use a dash or a marker as well. */
  readonly series: readonly string[]
}

/** The events of `/api/events`, each with the daemon's time. */
export type PageEvents = {
  readonly [Name in keyof ServerEvents]: ServerEvents[Name] & { readonly now: string }
}
