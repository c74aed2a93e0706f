import { newYorkDate, newYorkTime } from '../../../market/calendar.ts'
import { clockFrom } from '../../../market/clock.ts'
import type { EpochMs } from '../../../market/units.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import type { Lifetime } from '../../../process/lifetime.ts'
import { openReplay } from '../../../simulator/market/replay/replay.ts'
import { parseTime } from '../../option-values.ts'
import { type LakeRecording, openLakeRecording } from './lake-recording.ts'
import { type MarketChoice, parseSpeed, type SimulatedMarket } from './market-choice.ts'

/** Opens the market of `--replay`. @throws Failure when the folder is no lake with rows, or for an illegal option. */
export async function openReplayedLake(
  folder: string,
  {
    choice,
    seed,
    lifetime,
  }: { readonly choice: MarketChoice; readonly seed: number; readonly lifetime: Lifetime },
): Promise<SimulatedMarket> {
  const speed = parseSpeed(choice.speed)
  const from = choice.from === undefined ? null : parseTime('--from', choice.from)
  const recording = await openLakeRecording(folder)
  lifetime.onClose(() => recording.close())
  const clock = clockFrom(startOf(recording, from), speed)
  const replay = await openReplay(recording, clock)
  lifetime.onClose(() => replay.close())
  return {
    market: replay.market,
    clock,
    seed,
    what: `replay of ${recording.folder}, ${rangeOf(recording)}${speed === 1 ? '' : `, ${speed} times as fast`}`,
    symbols: recording.symbols,
    ended: replay.ended.then(
      (slot) => `the recording ends with the slot of ${timeOf(slot)} New York; its quotes stay`,
    ),
  }
}

function startOf(recording: LakeRecording, from: EpochMs | null): EpochMs {
  const { firstSlot, lastSlot } = recording
  if (from === null) return firstSlot
  if (from >= firstSlot && from <= lastSlot) return from
  throw new Failure(
    EXIT.usage,
    `--from ${timeOf(from)} New York is outside the recording of ${recording.folder}: it has ${rangeOf(recording)}`,
  )
}

function rangeOf({ firstSlot, lastSlot }: LakeRecording): string {
  return `${timeOf(firstSlot)} to ${timeOf(lastSlot)} New York`
}

function timeOf(at: EpochMs): string {
  return `${newYorkDate(at)} ${newYorkTime(at)}`
}
