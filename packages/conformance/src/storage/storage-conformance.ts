import { entryTests } from './entries.ts'
import { limitTests } from './limits.ts'
import { modelTests } from './model.ts'
import { openCloseTests } from './open-close.ts'
import { outdatedTests } from './outdated.ts'
import { preconditionTests } from './preconditions.ts'
import { queryTests } from './query.ts'
import { readWriteTests } from './read-write.ts'
import { clearTests, revisionTests } from './revisions-and-clear.ts'
import { outboxTests, scanTests } from './scan-and-outbox.ts'
import { createStorageSuite, type StorageConformanceOptions } from './storage-suite.ts'

/**
 * Registers the tests that every storage must pass with a test runner: ST1 to ST5, ST7 to ST10 of core's SPEC.md, as far as
 * they can be tested from outside. Damage (ST6), full disks and killed processes are each storage's own to test.
 */
export function storageConformance(options: StorageConformanceOptions): void {
  const suite = createStorageSuite(options)
  for (const register of GROUPS) register(suite)
}

const GROUPS = [
  openCloseTests,
  outdatedTests,
  readWriteTests,
  preconditionTests,
  entryTests,
  queryTests,
  scanTests,
  outboxTests,
  revisionTests,
  clearTests,
  limitTests,
  modelTests,
]
