import type { Mutant } from '../mutant.ts'
import { ADAPTER_MUTANTS } from './adapters.ts'
import { LEADERSHIP_MUTANTS } from './engine-leadership.ts'
import { OUTBOX_MUTANTS } from './engine-outbox.ts'
import { RESTORE_MUTANTS } from './engine-restores.ts'
import { SYNC_MUTANTS } from './engine-sync.ts'
import { STORAGE_MUTANTS } from './storages.ts'

/** All planted bugs. */
export const MUTANTS: readonly Mutant[] = [
  ...OUTBOX_MUTANTS,
  ...SYNC_MUTANTS,
  ...RESTORE_MUTANTS,
  ...LEADERSHIP_MUTANTS,
  ...STORAGE_MUTANTS,
  ...ADAPTER_MUTANTS,
]
