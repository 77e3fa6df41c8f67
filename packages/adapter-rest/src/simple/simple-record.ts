/** Records as plain backends give them, become records of the contract. Pure. */
import { formatHlc, type JsonObject, type RemoteRecord } from '@synclayer/core/adapter'
import { parseRfc3339 } from '@synclayer/core/protocol'
import { parseMutationKey } from './mutation-key.ts'
import { encodeVersion } from './record-version.ts'

/** A record that was read. */
export interface ReadRecord {
  /**
   * What cannot be read is in it as it came, and the engine's own checks set it aside, by its name where it has one: so
   * it holds up no other.
   */
  readonly record: RemoteRecord
  /** Null where `updatedAt` names no moment. */
  readonly ms: number | null
}

type Members = Readonly<Record<string, unknown>>

const NO_NODE = '0'.repeat(16)

/** The record in a member of a list. */
export function readSimpleRecord(value: unknown, collection: string): ReadRecord {
  if (!isMembers(value)) return { record: value as RemoteRecord, ms: null }
  const { recordId, updatedAt } = value
  const ms = typeof updatedAt === 'string' ? parseRfc3339(updatedAt) : null
  const made = typeof value['mutation'] === 'string' ? parseMutationKey(value['mutation']) : null
  const deleted = readDeleted(value['deleted'])
  const record = {
    collection,
    id: recordId,
    version: encodeVersion(value['version'] ?? updatedAt),
    deleted,
    ...(deleted === true ? {} : { data: withId(value['data'], recordId) }),
    time: ms === null ? updatedAt : (made?.time(ms) ?? formatHlc({ ms, counter: 0, node: NO_NODE })),
    schema: value['schema'] ?? 1,
    ...(made === null ? {} : { mutation: made.id }),
  }
  return { record: record as RemoteRecord, ms }
}

/** True for what may have members. */
export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The document with the id that stands beside it, where it has none of its own. */
export function withId(data: unknown, recordId: unknown): unknown {
  if (!isMembers(data) || Object.hasOwn(data, 'id')) return data
  return { ...data, id: recordId } as JsonObject
}

/** Databases without booleans have 0 and 1. */
function readDeleted(value: unknown): unknown {
  if (value === undefined || value === null || value === 0) return false
  return value === 1 ? true : value
}
