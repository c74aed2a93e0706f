import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cannotMeasure } from './cannot-measure.ts'

/** A file system for one campaign. */
export interface Volume {
  /** The mount point. */
  readonly folder: string
  mount(): void
  unmount(): void
}

const EXT4_BYTES = 96 * 1024 * 1024

/**
 * An ext4 file system in a file, created and mounted, which `cutPower` can shut down.
 * @throws Failure when this machine or user cannot do that, with what is missing.
 */
export async function makeExt4(folder: string): Promise<Volume> {
  requireTool('mkfs.ext4', ['-V'], 'e2fsprogs')
  requireTool('xfs_io', ['-V'], 'xfsprogs')
  const image = join(folder, 'image')
  const target = join(folder, 'volume')
  await mkdir(target)
  await writeFile(image, '')
  await truncate(image, EXT4_BYTES)
  execFileSync('mkfs.ext4', ['-q', '-F', image])
  return mounted(target, ['-t', 'ext4', '-o', 'loop', image, target])
}

/** A file system in memory of `bytes`. @throws Failure when it cannot be mounted. */
export async function makeSmall(folder: string, bytes: number): Promise<Volume> {
  const target = join(folder, 'small')
  await mkdir(target)
  return mounted(target, ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', target])
}

/** Discards everything that was not flushed; every call fails until the volume is mounted again. */
export function cutPower(volume: Volume): void {
  execFileSync('xfs_io', ['-x', '-c', 'shutdown', volume.folder], { stdio: 'ignore' })
}

function mounted(folder: string, args: readonly string[]): Volume {
  const mount = () => {
    const { status, stderr, error } = spawnSync('mount', args, { encoding: 'utf8' })
    if (status === 0) return
    throw cannotMeasure(
      `mount ${args.join(' ')}: ${error?.message ?? stderr.trim()}; needs root and loop devices`,
    )
  }
  const unmount = () => void execFileSync('umount', [folder], { stdio: 'ignore' })
  mount()
  return { folder, mount, unmount }
}

function requireTool(tool: string, args: readonly string[], from: string): void {
  if (spawnSync(tool, args).error) throw cannotMeasure(`${tool} is missing: apt-get install ${from}`)
}
