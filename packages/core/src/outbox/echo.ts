/** Telling one's own writes from those of others. */
import type { Mutation, RemoteRecord } from '../protocol/mutation.ts'

/** Where a time's counter and node begin. */
const MS_DIGITS = 12

/**
 * Whether this state of the backend's is the mutation's own doing. Where a store was copied, both go on under one client
 * id, so another's mutation may have the id: but not the time (see freeze), of which a backend may have set the clock back.
 */
export function isEcho(record: Pick<RemoteRecord, 'mutation' | 'time'>, mutation: Mutation): boolean {
  const [stored, sent] = [record.time, mutation.time]
  if (record.mutation !== mutation.id || stored > sent) return false
  return stored.slice(MS_DIGITS) === sent.slice(MS_DIGITS)
}
