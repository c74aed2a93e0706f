import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { EXIT, Failure } from '../../process/failure.ts'
import type { StepRecord } from './step-record.ts'
import { createFolder } from './write-atomically.ts'

/** What a finished file is known by. */
export interface WrittenFile {
  readonly bytes: number
  readonly records: number
  /** Of the whole file, hexadecimal. */
  readonly sha256: string
}

/** The step records of one run, one line of JSON each, in a new file. */
export interface StepLog {
  readonly path: string
  /**
   * Hands one whole line to the operating system before it returns. A process that is killed later does not lose it; one
   * that is killed in here loses this line at most. A power cut may lose what the system has not written to the disk yet.
   * @throws Failure EXIT.io; the file then ends with the last whole line, and takes no more.
   */
  append(record: StepRecord): void
  /** Flushes the file to the disk and closes it. A second call gives the same answer. @throws Failure EXIT.io */
  close(): WrittenFile
}

/** Room for a line of several hundred levels; longer ones grow the buffer. */
const LINE_BYTES = 64 * 1024

/**
 * Creates the file and the folders above it. Writes are synchronous and not buffered: a step takes a few microseconds of it.
 * @throws Failure EXIT.cannotCreate when the file exists or cannot be created.
 */
export function openStepLog(path: string): StepLog {
  const fd = createFile(path)
  const hash = createHash('sha256')
  let buffer = Buffer.allocUnsafe(LINE_BYTES)
  let bytes = 0
  let records = 0
  let isOpen = true
  let written: WrittenFile | undefined

  function append(record: StepRecord): void {
    if (!isOpen) throw new Failure(EXIT.io, `cannot write to ${path}: it is closed`)
    const text = JSON.stringify(record)
    if (3 * text.length + 1 > buffer.length) buffer = Buffer.allocUnsafe(6 * text.length + 2)
    const length = buffer.write(text)
    buffer[length] = 0x0a
    const line = buffer.subarray(0, length + 1)
    try {
      writeAll(fd, line)
    } catch (error) {
      abandon()
      throw writeFailure(path, error)
    }
    hash.update(line)
    bytes += line.length
    records++
  }

  /** Removes a part of a line that was written, and closes. */
  function abandon(): void {
    isOpen = false
    written = { bytes, records, sha256: hash.digest('hex') }
    try {
      ftruncateSync(fd, bytes)
    } finally {
      closeSync(fd)
    }
  }

  function close(): WrittenFile {
    if (written) return written
    isOpen = false
    written = { bytes, records, sha256: hash.digest('hex') }
    try {
      fsyncSync(fd)
    } catch (error) {
      throw writeFailure(path, error)
    } finally {
      closeSync(fd)
    }
    return written
  }

  return { path, append, close }
}

function createFile(path: string): number {
  try {
    createFolder(dirname(path))
    return openSync(path, 'wx')
  } catch (error) {
    if (error instanceof Failure) throw error
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST')
      throw new Failure(
        EXIT.cannotCreate,
        `${path} exists: a run never overwrites one; choose another folder`,
        error,
        code,
      )
    throw new Failure(EXIT.cannotCreate, `cannot create ${path}: ${message}`, error, code ?? null)
  }
}

function writeAll(fd: number, line: Buffer): void {
  let at = 0
  while (at < line.length) at += writeSync(fd, line, at)
}

function writeFailure(path: string, error: unknown): Failure {
  const { code, message } = error as NodeJS.ErrnoException
  return new Failure(EXIT.io, `cannot write ${path}: ${message}`, error, code ?? null)
}
