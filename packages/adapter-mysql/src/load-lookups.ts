/** Loads what a plan of pushes decides by: for all of them at once, in as few statements as that takes. */
import { answersIn, needsRecord, type PushLookups, rangesOf, type StoredRecord } from '@synclayer/adapter-kit'
import type { Mutation } from '@synclayer/core/adapter'
import type { PushWork } from './push-work.ts'
import { type KeyedHead, readHeads, readRecords, type RecordKey } from './record-rows.ts'
import { readRuns } from './result-rows.ts'
import type { Session } from './session.ts'

export interface LookupScope {
  readonly feed: number
  readonly works: readonly PushWork[]
  /** The collections that are tables of the user's own. */
  readonly tables: Pick<ReadonlySet<string>, 'has'>
  /** Records that are put on no base are taken to be new, and not looked for: whoever writes finds out. */
  readonly trustCreates: boolean
}

/** Runs in a transaction that holds the feed's lock. */
export async function loadLookups(
  session: Session,
  { feed, works, tables, trustCreates }: LookupScope,
): Promise<PushLookups> {
  const sent = works.flatMap(({ request: { clientId }, units }) =>
    units.flat().map((prepared) => ({ clientId, prepared })),
  )
  const numbers = sent.map(({ clientId, prepared: { n } }) => ({ clientId, n }))
  const answer = answersIn(await readRuns(session, feed, rangesOf(numbers)))
  // What was refused as it came may name anything.
  const mutations = sent.flatMap(({ prepared: { mutation, refusal } }) =>
    refusal === undefined ? [mutation] : [],
  )
  const isTrusted = ({ kind, base, collection }: Mutation): boolean =>
    trustCreates && kind === 'put' && base === null && !tables.has(collection)
  const named = mutations.filter((mutation) => !isTrusted(mutation))
  const heads = new Map<string, KeyedHead>()
  for (const head of await readHeads(session, feed, uniqueKeys(named.map(keyOf)))) {
    heads.set(recordKey(head), head)
  }
  const needed = mutations.filter(
    (mutation) =>
      tables.has(mutation.collection) || needsRecord(mutation, heads.get(recordKey(keyOf(mutation)))),
  )
  const records = new Map<string, StoredRecord>()
  for (const record of await readRecords(session, feed, uniqueKeys(needed.map(keyOf)))) {
    records.set(recordKey(record), record)
  }
  return {
    answer,
    head: (collection, id) => heads.get(recordKey({ collection, id })),
    record: (collection, id) => records.get(recordKey({ collection, id })),
  }
}

function keyOf({ collection, recordId }: Mutation): RecordKey {
  return { collection, id: recordId }
}

function uniqueKeys(keys: readonly RecordKey[]): readonly RecordKey[] {
  return [...new Map(keys.map((key) => [recordKey(key), key])).values()]
}

function recordKey({ collection, id }: RecordKey): string {
  return `${collection} ${id}`
}
