/** The names of all events. */
import type { SyncEvents } from '../sync/events.ts'

const NAMES = {
  syncStarted: true,
  syncCompleted: true,
  syncFailed: true,
  mutationQueued: true,
  mutationSynced: true,
  mutationFailed: true,
  mutationParked: true,
  conflict: true,
  conflictResolved: true,
  connectivityChanged: true,
  realtimeConnected: true,
  realtimeDisconnected: true,
  remoteInsert: true,
  remoteUpdate: true,
  remoteDelete: true,
  recovered: true,
  stalled: true,
  error: true,
} as const satisfies Record<keyof SyncEvents, true>

export const EVENT_NAMES: readonly string[] = Object.keys(NAMES)

export function isEventName(name: unknown): name is keyof SyncEvents {
  return typeof name === 'string' && Object.hasOwn(NAMES, name)
}
