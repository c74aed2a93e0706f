import { neighbour, slotsAfter } from './day.js'

/**
 * Plays the stored slots of a day: the next one as soon as its time has come and its answers are there.
 *
 * @import { Reader } from '../data/reader.js'
 * @import { ViewState } from '../view.ts'
 * @import { PageState } from './page-state.js'
 *
 * @typedef {object} Player
 * @property {() => void} toggle
 * @property {() => void} stop
 * @property {(slotsPerSecond: number) => void} setSpeed
 * @property {() => number} speed
 */

export const SPEEDS = [1, 2, 5, 10, 30]
/** Slots whose answers are fetched ahead. */
const AHEAD = 16
/** It begins once so much of what comes is there, s: the first answers of a day take longer than the others. */
const BUFFER_SECONDS = 0.25
/** The browser opens six connections to a host, and the event stream has one. */
const MAX_REQUESTS = 4
/** A played slot may be this much early, ms: animation frames do not fall on its time. */
const SLACK_MS = 2

/**
 * @param {PageState} page
 * @param {{ reader: Reader, requestsOf: (state: ViewState) => readonly string[] }} options
 * @returns {Player}
 */
export function createPlayer(page, { reader, requestsOf }) {
  let slotsPerSecond = 5
  let frame = 0
  let dueMs = 0
  let running = 0
  let isBeginning = false

  /** @param {ViewState} state */
  function fetchAhead(state) {
    for (const { slot } of slotsAfter(state.slots, state.at, AHEAD)) {
      for (const path of requestsOf({ ...state, at: slot, isLive: false })) {
        if (running >= MAX_REQUESTS) return
        if (reader.isKnown(path)) continue
        running++
        reader
          .read(path)
          .catch(() => {})
          .finally(() => running--)
      }
    }
  }

  /** @param {number} nowMs */
  function tick(nowMs) {
    const shown = page.read()
    if (!shown?.state.isPlaying) return
    const { state } = shown
    const next = neighbour(state.slots, state.at, 1)
    if (next === null) return stop()
    fetchAhead(state)
    const awaited = isBeginning ? Math.ceil(BUFFER_SECONDS * slotsPerSecond) : 1
    const isReady = slotsAfter(state.slots, state.at, awaited).every(({ slot }) =>
      requestsOf({ ...state, at: slot, isLive: false }).every(reader.isSettled),
    )
    if (isReady && isBeginning) {
      isBeginning = false
      dueMs = Math.max(dueMs, nowMs)
    }
    if (isReady && nowMs >= dueMs - SLACK_MS) {
      // Late frames do not add up to a jump.
      dueMs = Math.max(dueMs, nowMs - 100) + 1_000 / slotsPerSecond
      page.play(next.slot)
    }
    frame = requestAnimationFrame(tick)
  }

  function stop() {
    cancelAnimationFrame(frame)
    if (page.read()?.state.isPlaying) page.setPlaying(false)
  }

  return {
    stop,
    speed: () => slotsPerSecond,
    setSpeed: (speed) => {
      slotsPerSecond = speed
    },
    toggle: () => {
      const state = page.read()?.state
      if (!state) return
      if (state.isPlaying) return stop()
      const first = neighbour(state.slots, null, 1)
      if (first === null) return
      page.setPlaying(true)
      if (neighbour(state.slots, state.at, 1) === null) page.play(first.slot)
      isBeginning = true
      dueMs = performance.now() + 1_000 / slotsPerSecond
      frame = requestAnimationFrame(tick)
    },
  }
}
