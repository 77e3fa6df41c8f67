/** What must hold once all is healed and quiet. */
import type { RemoteRecord } from '@synclayer/core/adapter'
import {
  type CollectionName,
  type Marked,
  noteAt,
  scopeOf,
  SYNCED,
  tokensOf,
  TWICE,
} from '../scenario/collections.ts'
import { nameOf } from './backend-log.ts'
import { canonical } from './canonical.ts'
import type { Oracle } from './oracle.ts'

/** What a device shows in the end. */
export interface FinalView {
  readonly device: string
  readonly scopes: readonly string[]
  /** The version of the notes its app knows: all know the same in the end. */
  readonly schema: 1 | 2
  readonly documents: Readonly<Record<CollectionName, readonly Marked[]>>
  readonly live: Readonly<Record<CollectionName, readonly Marked[] | undefined>>
  readonly status: { readonly phase: string; readonly pending: number; readonly parked: number }
  readonly outbox: readonly string[]
  /** Scopes in which its store is in the middle of a snapshot. */
  readonly unfinished: readonly string[]
}

export function checkEnd(
  oracle: Oracle,
  records: readonly RemoteRecord[],
  views: readonly FinalView[],
): void {
  for (const view of views) checkView(oracle, records, view)
  const byName = new Map(records.map((record) => [nameOf(record), record]))
  checkTokens(oracle, byName)
  checkCounters(oracle, records)
  checkTally(oracle, byName)
  for (const { record, acknowledged } of oracle.lastWords.values())
    if (acknowledged && byName.get(record)?.deleted === false)
      oracle.broken(`I5: ${record} was deleted, nobody edited it since, and it is back`)
}

/** I1, I7, Q9: every device shows exactly what the backend has, and has nothing left to send. */
function checkView(oracle: Oracle, records: readonly RemoteRecord[], view: FinalView): void {
  const { device, scopes, documents, live, status, outbox } = view
  for (const name of SYNCED) {
    const wanted = records
      .filter(
        ({ collection, id, deleted }) => collection === name && !deleted && scopes.includes(scopeOf(id)),
      )
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ schema, data }) =>
        name === 'notes' && view.schema === 2 ? noteAt(schema, data as unknown as Marked) : data,
      )
    if (documents[name].some(({ pinned }) => pinned === TWICE))
      oracle.broken(`R7: ${device} has migrated twice: ${name} ${canonical(documents[name])}`)
    const [here, there] = [canonical(documents[name]), canonical(wanted)]
    if (here !== there) oracle.broken(`I1: ${device} has ${name} ${here}, the backend ${there}`)
    const shown = canonical(live[name] ?? null)
    if (shown !== here) oracle.broken(`Q9: ${device} shows ${name} ${shown}, get gives ${here}`)
  }
  for (const scope of view.unfinished) oracle.broken(`I9: ${device} does not end its resync of ${scope}`)
  const { phase, pending, parked } = status
  if (phase !== 'idle' || pending !== 0 || parked !== 0 || outbox.length > 0)
    oracle.broken(`I7: ${device} is ${phase} with ${pending} pending, ${parked} parked: ${outbox.join(', ')}`)
}

/** I2: every acknowledged edit is there, but for what was deleted or taken away. */
function checkTokens(oracle: Oracle, byName: ReadonlyMap<string, RemoteRecord>): void {
  for (const { token, record, acknowledged } of oracle.attempts) {
    if (!acknowledged || oracle.isExcused(token)) continue
    if (!tokensOf(byName.get(record)?.data as Marked | undefined).includes(token))
      oracle.broken(`I2: ${token} of ${record} was acknowledged, and is lost`)
  }
}

/** I3, R11: each edit added one to the counter with its token, so they are equally many, or no more where it was lost. */
function checkCounters(oracle: Oracle, records: readonly RemoteRecord[]): void {
  for (const record of records) {
    if (record.deleted || oracle.uncounted.has(nameOf(record))) continue
    const { n = 0, ...document } = record.data as unknown as Marked
    const count = tokensOf(document).length
    const mayBeFewer = oracle.broughtBack.has(nameOf(record))
    if (mayBeFewer ? n > count : n !== count)
      oracle.broken(`I3: ${nameOf(record)} counts ${n}, of ${count} edits: ${tokensOf(document).join(' ')}`)
  }
}

/** I2, I3: every edit that left no token is there, once, as far as can be told. */
function checkTally(oracle: Oracle, byName: ReadonlyMap<string, RemoteRecord>): void {
  for (const name of oracle.tally.records) {
    if (oracle.countedDown.has(name)) continue
    const document = byName.get(name)?.data as Marked | undefined
    for (const violation of oracle.tally.judge(name, document, oracle.uncounted.has(name)))
      oracle.broken(violation)
  }
}
