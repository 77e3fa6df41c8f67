/** Reading small named values, of which one may be damaged without harming the others (ST6). */
import { isSyncError, type SyncError } from '../errors/sync-error.ts'
import type { Storage, StoredEntry } from '../ports/storage.ts'

/** An entry that cannot be read counts as absent, and may be written over whatever is there. */
export type ReadEntry = StoredEntry | 'damaged' | undefined

/** One answer for each name, in order. `onDamage` is told of those that cannot be read. */
export async function readEntries(
  storage: Storage,
  names: readonly string[],
  onDamage: (error: SyncError) => void,
): Promise<readonly ReadEntry[]> {
  try {
    return await storage.readEntries(names)
  } catch (error) {
    if (!isSyncError(error, 'STORAGE_CORRUPT')) throw error
    if (names.length === 1 && error.details['entry'] === names[0]) {
      onDamage(error)
      return ['damaged']
    }
    if (names.length === 1) throw error
  }
  const entries: ReadEntry[] = []
  for (const name of names) entries.push(...(await readEntries(storage, [name], onDamage)))
  return entries
}
