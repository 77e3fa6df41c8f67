/** The answer to a GET of a plain backend. Pure. */
import { isMembers, type ReadRecord, readSimpleRecord } from './simple-record.ts'

export interface SimplePage {
  readonly records: readonly ReadRecord[]
  /** Where the next one goes on; null where the backend gives none. */
  readonly cursor: string | null
  /** Null where the backend does not say. */
  readonly hasMore: boolean | null
}

/** Null where it is neither a list nor an object with one. */
export function readSimplePage(body: unknown, collection: string): SimplePage | null {
  const page = Array.isArray(body) ? { records: body } : body
  if (!isMembers(page) || !Array.isArray(page['records'])) return null
  const { cursor, hasMore } = page
  return {
    records: (page['records'] as readonly unknown[]).map((value) => readSimpleRecord(value, collection)),
    cursor: readCursor(cursor),
    hasMore: typeof hasMore === 'boolean' ? hasMore : null,
  }
}

function readCursor(cursor: unknown): string | null {
  if (typeof cursor === 'number' && Number.isFinite(cursor)) return String(cursor)
  return typeof cursor === 'string' && cursor !== '' ? cursor : null
}
