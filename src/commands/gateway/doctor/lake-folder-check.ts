import { accessSync, constants, existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { EXIT } from '../../../process/failure.ts'
import { bytes } from '../../terminal/format.ts'
import { type Check, failed, passed, warning } from './check.ts'

const LOW_DISK_BYTES = 5e9
/** SPY, QQQ and IWM with the default universe. */
const YEAR_BYTES = 2.6e9

/** Whether the lake can be written, and whether the disk has room for it. */
export async function lakeFolderCheck(folder: string): Promise<Check> {
  const name = 'lake folder'
  let existing = resolve(folder)
  while (!existsSync(existing)) existing = dirname(existing)
  try {
    accessSync(existing, constants.W_OK)
  } catch {
    return failed(
      name,
      `${existing} is not writable`,
      'choose another folder with --lake, or change its owner',
      EXIT.cannotCreate,
    )
  }
  const { bavail, bsize } = await statfs(existing)
  const freeBytes = bavail * bsize
  const found = `${resolve(folder)}, ${bytes(freeBytes)} free`
  if (freeBytes >= LOW_DISK_BYTES) return passed(name, found)
  return warning(name, found, `free disk space: a year of three chains takes about ${bytes(YEAR_BYTES)}`)
}
