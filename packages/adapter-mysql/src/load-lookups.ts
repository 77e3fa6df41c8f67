/** Loads what a plan of pushes decides by: for all of them at once, in as few statements as that takes. */
import {
  answersIn,
  needsRecord,
  type Prepared,
  type PushLookups,
  rangesOf,
  type StoredRecord,
} from '@synclayer/adapter-kit'
import type { PushWork } from './push-work.ts'
import { type KeyedHead, readHeads, readRecords, type RecordKey } from './record-rows.ts'
import { readRuns } from './result-rows.ts'
import type { Session } from './session.ts'

/** Runs in a transaction that holds the feed's lock. `tables` names the collections that are tables of the user's own. */
export async function loadLookups(
  session: Session,
  feed: number,
  works: readonly PushWork[],
  tables: Pick<ReadonlySet<string>, 'has'>,
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
  const heads = new Map<string, KeyedHead>()
  for (const head of await readHeads(session, feed, uniqueKeys(mutations.map(keyOf)))) {
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

function keyOf({ collection, recordId }: Prepared['mutation']): RecordKey {
  return { collection, id: recordId }
}

function uniqueKeys(keys: readonly RecordKey[]): readonly RecordKey[] {
  return [...new Map(keys.map((key) => [recordKey(key), key])).values()]
}

function recordKey({ collection, id }: RecordKey): string {
  return `${collection} ${id}`
}
