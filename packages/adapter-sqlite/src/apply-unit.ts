/** Decides and applies the mutations of one unit: each alone, or a group whole or not at all (A2, A3, A10). */
import {
  applyPatch,
  isSyncError,
  type JsonObject,
  type Projection,
  type PushOutcome,
  type PushResult,
  type Version,
} from '@synclayer/core/adapter'
import type { Backend } from './backend.ts'
import type { WriteMark } from './feed.ts'
import { type Prepared, reject, tooLarge } from './prepare-mutation.ts'
import { rowToRecord } from './records.ts'

/** What a unit needs of the transaction it runs in. */
export interface Scribe {
  readonly backend: Backend
  readonly feed: number
  readonly clientId: string
  readonly fields: Readonly<Record<string, Projection>>
  /** Why nothing new may be applied, if so. */
  readonly refusal: PushOutcome | undefined
  /** Writes a state at the next position and remembers the answer. A null document is a tombstone. */
  write(prepared: Prepared, document: string | null, exists: boolean): Version
  save(): Progress
  restore(progress: Progress): void
}

/** How far a transaction has come: what a group that fails takes back. */
export interface Progress {
  readonly head: number
  readonly count: number
  readonly mark: WriteMark | undefined
}

/** Answers every mutation of the unit. */
export function applyUnit(scribe: Scribe, unit: readonly Prepared[]): readonly PushResult[] {
  const [only] = unit
  if (unit.length === 1 && only !== undefined) return [answer(only, applyOne(scribe, only))]
  return applyGroup(scribe, unit)
}

function applyGroup(scribe: Scribe, group: readonly Prepared[]): readonly PushResult[] {
  const { database } = scribe.backend.connection
  const progress = scribe.save()
  database.exec('SAVEPOINT synclayer_group')
  const outcomes: PushOutcome[] = []
  for (const member of group) {
    const outcome = applyOne(scribe, member)
    outcomes.push(outcome)
    if (outcome.status !== 'accepted') break
  }
  const failed = outcomes.length - 1
  if (outcomes[failed]?.status === 'accepted') {
    database.exec('RELEASE synclayer_group')
    return group.map((member, index) => answer(member, outcomes[index] as PushOutcome))
  }
  database.exec('ROLLBACK TO synclayer_group')
  database.exec('RELEASE synclayer_group')
  scribe.restore(progress)
  const changed = new Set<string>()
  return group.map((member, index) => {
    const { collection, recordId } = member.mutation
    const record = `${collection} ${recordId}`
    const again = changed.has(record)
    changed.add(record)
    // A second change of one record cannot name the version the first one would have made.
    if (index === failed && again) {
      return answer(member, reject('INVALID_MUTATION', 'A group may change a record only once'))
    }
    // Every culprit gets its own outcome, so that one answer is enough to put the group right.
    return answer(member, judge(scribe, member).refusal ?? { status: 'aborted' })
  })
}

function applyOne(scribe: Scribe, prepared: Prepared): PushOutcome {
  const verdict = judge(scribe, prepared)
  if (verdict.refusal !== undefined) return verdict.refusal
  return { status: 'accepted', version: scribe.write(prepared, verdict.document, verdict.exists) }
}

type Verdict =
  | { readonly refusal: PushOutcome }
  | { readonly refusal?: undefined; readonly document: string | null; readonly exists: boolean }

/** What applying would do. Answers given earlier come before anything else is looked at (A3). */
function judge(scribe: Scribe, prepared: Prepared): Verdict {
  const { backend, feed, clientId } = scribe
  const { mutation, n } = prepared
  if (n >= 0) {
    const remembered = backend.results.recall(feed, clientId, n, mutation)
    if (remembered === 'reused') {
      return { refusal: reject('MUTATION_ID_REUSED', 'The id was given to another mutation before') }
    }
    if (remembered !== undefined) return { refusal: { status: 'accepted', version: remembered.version } }
  }
  const refusal = prepared.refusal ?? scribe.refusal
  if (refusal !== undefined) return { refusal }
  const { collection, recordId, base } = mutation
  const head = backend.records.head(feed, collection, recordId)
  if ((head?.version ?? null) !== base) return { refusal: conflict(scribe, collection, recordId) }
  const exists = head !== undefined
  if (mutation.kind !== 'patch') return { document: prepared.document, exists }
  if (head?.deleted !== 0)
    return { refusal: reject('INVALID_MUTATION', 'A patch needs a document to change') }
  return patched(scribe, prepared)
}

function conflict({ backend, feed, fields }: Scribe, collection: string, id: string): PushOutcome {
  const row = backend.records.row(feed, collection, id)
  const projection = Object.hasOwn(fields, collection) ? fields[collection] : undefined
  return { status: 'conflict', current: row === undefined ? null : rowToRecord(row, projection) }
}

function patched({ backend, feed }: Scribe, { mutation }: Prepared): Verdict {
  const { collection, recordId, patch } = mutation
  const [, , , , , , , , text] = backend.records.row(feed, collection, recordId) ?? []
  try {
    const document = JSON.stringify(applyPatch(JSON.parse(text as string) as JsonObject, patch ?? {}))
    const refusal = tooLarge(document, backend.maxRecordBytes)
    return refusal === undefined ? { document, exists: true } : { refusal }
  } catch (error) {
    if (!isSyncError(error, 'INVALID_MUTATION')) throw error
    return { refusal: reject('INVALID_MUTATION', error.message) }
  }
}

function answer({ mutation }: Prepared, outcome: PushOutcome): PushResult {
  return { id: mutation.id, ...outcome }
}
