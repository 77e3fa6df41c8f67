/** How a record of a plain backend becomes a change for one client. */
import {
  type Change,
  compileFilter,
  type JsonObject,
  parseFilter,
  type PullCollection,
  type RemoteRecord,
  SyncError,
} from '@synclayer/core/adapter'
import { isMembers } from './simple-record.ts'

export type Lens = (record: RemoteRecord) => Change

/** Throws NOT_SUPPORTED for a projection, PROTOCOL for a filter that is none. */
export function lensOf({ filter, fields }: PullCollection): Lens {
  if (fields !== undefined) throw new SyncError('NOT_SUPPORTED', 'Plain backends show whole documents')
  const matches = filter === undefined ? () => true : compiled(filter)
  return (record) => {
    const isPut = record?.deleted === false
    if (isPut && isMembers(record.data) && !matches(record.data as JsonObject)) {
      const { collection, id, version } = record
      return { kind: 'leave', collection, id, version }
    }
    // What cannot be read is set aside by the engine, whatever kind it is.
    return { ...record, kind: record?.deleted === true ? 'delete' : 'put' }
  }
}

function compiled(filter: NonNullable<PullCollection['filter']>): (document: JsonObject) => boolean {
  try {
    return compileFilter(parseFilter(filter))
  } catch (error) {
    throw new SyncError('PROTOCOL', 'The filter is not valid', { cause: error })
  }
}
