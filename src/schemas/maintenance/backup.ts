import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { absolutePath, lakeFolder } from '../lake-head.ts'
import { fileCount, tableVersions } from './files.ts'
import { finding } from './findings.ts'

/** What copying between a lake and a backup did. */
const copied = {
  ...lakeFolder,
  backup: absolutePath.describe('Folder of the backup.'),
  versions: tableVersions,
  files: z.int().describe('Data files of these versions, and replaced files that are still there.'),
  bytes: z.int().describe('Their size, bytes.'),
  linked: fileCount('Files that are hard links to the same bytes on the same disk.'),
  copied: fileCount('Files that were copied.'),
  unchanged: fileCount('Files that were there already.'),
  verified: z.int().describe('Files whose bytes were compared with the checksum in the log in this run.'),
  unproven: z.int().describe('Files of other programs, which have no checksum in the log.'),
}

export const backupAnswer = z.strictObject({
  ...copied,
  kept: fileCount('Files in the backup that the lake has deleted.'),
  pruned: fileCount('Files that were deleted from the backup, with --prune.'),
  findings: z
    .array(finding)
    .nullable()
    .describe('What --verify found wrong in the backup; null without it. With findings the exit code is 74.'),
})

export type BackupAnswer = AnswerOf<typeof backupAnswer>

export const restoreBackupAnswer = z.strictObject({
  ...copied,
  moved_to: absolutePath.nullable().describe('Where a damaged lake was moved to; null if there was none.'),
})

export type RestoreBackupAnswer = AnswerOf<typeof restoreBackupAnswer>
