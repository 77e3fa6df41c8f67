/** React hooks over SyncLayer: what components show stays up to date, without tearing, and without loading it twice. */
export { SyncLayerProvider, type SyncLayerProviderProps, useSyncLayer } from './provider.ts'
export { useDocument, useQuery } from './use-query.ts'
export { useSuspenseDocument, useSuspenseQuery } from './use-suspense-query.ts'
export { useSyncStatus } from './use-sync-status.ts'
export { useOutbox } from './use-outbox.ts'

export type { LoadedResult, QueryResult } from './query-result.ts'
export type { OutboxResult } from './outbox-store.ts'
export type { AnyClient, Register, RegisteredClient } from './register.ts'
