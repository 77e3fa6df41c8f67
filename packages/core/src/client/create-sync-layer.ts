/** The way in. */
import type { CollectionsOption } from './collection-definition.ts'
import { createClient } from './create-client.ts'
import type { SyncLayerOptions } from './options.ts'
import type { SyncLayer } from './sync-layer.ts'
import { systemDeps } from './system-deps.ts'

/**
 * Opens a client: its storage, its collections (older documents are migrated), and, where an adapter is given, syncing.
 * It never waits for the network.
 *
 * Rejects with INVALID_OPTION (the option is named), NOT_SUPPORTED (a durability the storage has not), STORAGE_FAILED
 * (also where the storage object is open already), STORAGE_CORRUPT, STORAGE_FULL. What was opened is closed again then.
 */
export function createSyncLayer<const Collections extends CollectionsOption>(
  options: SyncLayerOptions<Collections>,
): Promise<SyncLayer<Collections>> {
  return createClient(options, systemDeps)
}
