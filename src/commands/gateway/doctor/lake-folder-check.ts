import { accessSync, constants } from 'node:fs'
import { resolve } from 'node:path'
import { existingFolder, freeBytesOf } from '../../../lake/query/growth.ts'
import { EXIT } from '../../../process/failure.ts'
import { bytes } from '../../terminal/format.ts'
import { type Check, failed, passed, warning } from './check.ts'

const LOW_DISK_BYTES = 5e9
/** SPY, QQQ and IWM with the default universe. */
const YEAR_BYTES = 2.6e9

const NAME = 'lake folder'

/** Whether the lake can be written, and whether the disk has room for it. */
export async function lakeFolderCheck(folder: string): Promise<Check> {
  const existing = existingFolder(folder)
  try {
    accessSync(existing, constants.W_OK)
  } catch {
    return failed(
      NAME,
      `${existing} is not writable`,
      'choose another folder with --lake, or change its owner',
      EXIT.cannotCreate,
    )
  }
  return diskCheck(folder)
}

/** Whether the disk has room for the lake. */
export async function diskCheck(folder: string): Promise<Check> {
  const freeBytes = await freeBytesOf(folder)
  const found = `${resolve(folder)}, ${bytes(freeBytes)} free`
  if (freeBytes >= LOW_DISK_BYTES) return passed(NAME, found)
  return warning(NAME, found, `free disk space: a year of three chains takes about ${bytes(YEAR_BYTES)}`)
}
