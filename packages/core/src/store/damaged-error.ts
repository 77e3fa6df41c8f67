import { SyncError } from '../errors/sync-error.ts'
import type { RecordKey } from '../ports/storage.ts'
import { slotName } from './workspace.ts'

/** What is told of a stored row that cannot be read. */
export function damagedError({ collection, id }: RecordKey): SyncError {
  return new SyncError(
    'STORAGE_CORRUPT',
    `The stored record ${slotName({ collection, id })} is damaged. It is set aside, and fetched again where there is a backend.`,
    { details: { collection, id } },
  )
}
