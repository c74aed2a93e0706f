import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { freemem, tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file system in memory: lakes are flushed with every commit, which a disk takes most of the time for. */
const MEMORY = '/dev/shm'
/** More than ten times what the tests leave there until their end. */
const ROOM_BYTES = 1e9

/** All temporary folders of a run, even those of killed programs, are in one folder that is removed afterwards. */
export default function setup(): () => void {
  const folder = (process.env.TMPDIR === undefined && folderInMemory()) || newFolder(tmpdir())
  process.env.TMPDIR = folder
  return () => rmSync(folder, { recursive: true, force: true })
}

function newFolder(parent: string): string {
  const folder = mkdtempSync(join(parent, 'optionlake-tests-'))
  // A test of a read-only folder reads it as another user.
  chmodSync(folder, 0o755)
  return folder
}

/** Null without enough room, or where files cannot be executed, which is usual in containers. */
function folderInMemory(): string | null {
  let folder: string | null = null
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    if (Math.min(bavail * bsize, freemem()) < ROOM_BYTES) return null
    folder = newFolder(MEMORY)
    const program = join(folder, 'program')
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 })
    if (spawnSync(program).status !== 0) throw new Error(`${MEMORY} is mounted noexec`)
    rmSync(program)
    return folder
  } catch {
    if (folder) rmSync(folder, { recursive: true, force: true })
    return null
  }
}
