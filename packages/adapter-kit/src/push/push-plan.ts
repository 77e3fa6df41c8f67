/**
 * Decides what a transaction writes (A2, A3, A10), as a pure function of what was loaded: which mutations are accepted, at
 * which positions, and what each is answered. Several pushes of one scope may share a plan, each seeing what those before
 * it will have written.
 *
 * The transaction holds the feed's lock from before the first look-up to its commit. So positions are in the order of
 * commits, without gaps (A1), and nobody else decides by what is being changed here.
 */
import {
  applyPatch,
  isSyncError,
  type JsonObject,
  type Mutation,
  type Projection,
  type PushOutcome,
  SyncError,
  type Version,
} from '@synclayer/core/adapter'
import type { FeedState } from '../feed/standing.ts'
import { formatVersion, MAX_POSITION } from '../feed/version.ts'
import { type StoredRecord, toRemoteRecord } from '../stored-record.ts'
import { type AcceptedMutation, type AnswerRun, runsOf, type StoredAnswer } from './answer-runs.ts'
import { createPairMap } from './pair-map.ts'
import { type Prepared, reject, tooLarge } from './prepare-mutation.ts'

/** The stored state by which a plan decides. All of it is of one moment, under the feed's lock. */
export interface PushLookups {
  /** What the client's mutation `n` was answered earlier. */
  answer(clientId: string, n: number): StoredAnswer | undefined
  head(collection: string, id: string): RecordHead | undefined
  /** The whole record; asked for where `needsRecord` says so, and in collections that are tables of the user's own. */
  record(collection: string, id: string): StoredRecord | undefined
}

/** A record's state without its document: enough to decide a put. */
export interface RecordHead {
  readonly version: Version
  readonly deleted: boolean
}

/** A record to be written: the last state the plan gives it. */
export interface RecordWrite extends StoredRecord {
  readonly position: number
  /** False where the transaction found nothing stored, not even a tombstone. */
  readonly exists: boolean
}

/** What another program wrote. */
export type ForeignState = Pick<StoredRecord, 'collection' | 'id' | 'time' | 'schema' | 'document'>

/** Whose mutations are applied, and on what terms. */
export interface PushTerms {
  readonly clientId: string
  /** What a conflict may show, by collection. */
  readonly fields: Readonly<Record<string, Projection>>
  /** Why nothing new may be applied, if so. */
  readonly refusal: PushOutcome | undefined
}

export interface PushPlanOptions {
  readonly feed: FeedState
  readonly lookups: PushLookups
  /** The name of the mark to write under. A new one is to be saved, at the feed's head, along with the first writes. */
  readonly mark: string
  readonly maxRecordBytes: number
}

export interface PushPlan {
  /** What applying would do. Answers given earlier come before anything else is looked at (A3). */
  judge(terms: PushTerms, prepared: Prepared): Verdict
  /** Takes the next position for what the verdict, or the user's table, made of the record, and remembers the answer. */
  write(terms: PushTerms, prepared: Prepared, state: NewState): Version
  /** Takes the next position for what another program wrote: to a table of the user's own, without any mutation. */
  sequence(state: ForeignState): Version
  /** The record as it is, or is planned to be. */
  current(collection: string, id: string): StoredRecord | undefined
  /** What has been planned so far; `restore` takes back what came after. */
  save(): SavedPlan
  restore(saved: SavedPlan): void
  readonly head: number
  readonly records: number
  /** In the order of their positions. */
  readonly recordWrites: readonly RecordWrite[]
  /** What is to be remembered of the mutations it accepts. */
  readonly answerRuns: readonly AnswerRun[]
}

/** Why a mutation is not applied, or what applying it makes of the record. */
export type Verdict = { readonly outcome: PushOutcome } | ({ readonly outcome?: undefined } & NewState)

/** What becomes of a record. */
export interface NewState {
  /** Null for a tombstone. */
  readonly document: string | null
  /** Whether anything is stored or planned of the record before, be it a tombstone. */
  readonly exists: boolean
}

export interface SavedPlan {
  readonly head: number
  readonly records: number
  readonly steps: number
}

/** Tells a mutation from another with the same id: by the time of its edit, and by what it changes. */
export function identityOf({ time, kind, collection, recordId }: Mutation): string {
  return `${time} ${kind} ${collection} ${recordId}`
}

/** True where deciding needs the stored document: a patch changes it, a conflict shows it. */
export function needsRecord({ kind, base }: Mutation, head: RecordHead | undefined): boolean {
  return head !== undefined && (kind === 'patch' || head.version !== base)
}

/** What was planned of one position. */
interface Step {
  readonly write: RecordWrite
  /** What was planned of the record before. */
  readonly before: RecordWrite | undefined
  /** Null where another program wrote. */
  accepted: AcceptedMutation | null
}

/** An empty plan on a feed. */
export function createPushPlan({ feed, lookups, mark, maxRecordBytes }: PushPlanOptions): PushPlan {
  // By collection and id, and by client and number.
  const written = createPairMap<string, string, RecordWrite>()
  const accepted = createPairMap<string, number, AcceptedMutation>()
  // In the order of positions, so that the last ones can be taken back.
  const steps: Step[] = []
  let head = feed.head
  let records = feed.records

  const headOf = (collection: string, id: string): RecordHead | undefined =>
    written.get(collection, id) ?? lookups.head(collection, id)
  const recordOf = (collection: string, id: string): StoredRecord | undefined =>
    written.get(collection, id) ?? lookups.record(collection, id)

  /** Gives the state the next position. `exists` tells whether anything is stored or planned of the record. */
  const put = (state: ForeignState, mutation: string | null, exists: boolean): Step => {
    if (head >= MAX_POSITION) {
      throw new SyncError('BACKEND_FAILED', 'The feed is full', { retryable: false })
    }
    head += 1
    if (!exists) records += 1
    const { collection, id, time, schema, document } = state
    const before = written.get(collection, id)
    // Written out, as whatever there are many of: objects that come of spreading have each a shape of their own.
    const write: RecordWrite = {
      collection,
      id,
      version: formatVersion(feed.epoch, head, mark),
      deleted: document === null,
      time,
      schema,
      mutation,
      document,
      position: head,
      exists: before === undefined ? exists : before.exists,
    }
    const step: Step = { write, before, accepted: null }
    written.set(collection, id, write)
    steps.push(step)
    return step
  }
  const conflict = ({ fields }: PushTerms, { collection, recordId }: Mutation): PushOutcome => {
    const record = recordOf(collection, recordId)
    const projection = Object.hasOwn(fields, collection) ? fields[collection] : undefined
    return { status: 'conflict', current: record === undefined ? null : toRemoteRecord(record, projection) }
  }
  const patched = ({ collection, recordId, patch }: Mutation): Verdict => {
    const text = recordOf(collection, recordId)?.document ?? null
    try {
      const document = JSON.stringify(applyPatch(JSON.parse(text as string) as JsonObject, patch ?? {}))
      const outcome = tooLarge(document, maxRecordBytes)
      return outcome === undefined ? { document, exists: true } : { outcome }
    } catch (error) {
      if (!isSyncError(error, 'INVALID_MUTATION')) throw error
      return { outcome: reject('INVALID_MUTATION', error.message) }
    }
  }

  return {
    judge: (terms, prepared) => {
      const { mutation, n } = prepared
      if (n >= 0) {
        const answer = accepted.get(terms.clientId, n) ?? lookups.answer(terms.clientId, n)
        if (answer !== undefined && answer.identity !== identityOf(mutation)) {
          return { outcome: reject('MUTATION_ID_REUSED', 'The id was given to another mutation before') }
        }
        if (answer !== undefined) return { outcome: { status: 'accepted', version: answer.version } }
      }
      const outcome = prepared.refusal ?? terms.refusal
      if (outcome !== undefined) return { outcome }
      const found = headOf(mutation.collection, mutation.recordId)
      if ((found?.version ?? null) !== mutation.base) return { outcome: conflict(terms, mutation) }
      if (mutation.kind !== 'patch') return { document: prepared.document, exists: found !== undefined }
      if (found?.deleted !== false) {
        return { outcome: reject('INVALID_MUTATION', 'A patch needs a document to change') }
      }
      return patched(mutation)
    },
    write: ({ clientId }, { mutation, n, time }, { document, exists }) => {
      const { id: name, collection, recordId: id, schema } = mutation
      const step = put({ collection, id, time, schema, document }, name, exists)
      const { version, position } = step.write
      step.accepted = { clientId, n, identity: identityOf(mutation), version, position }
      accepted.set(clientId, n, step.accepted)
      return version
    },
    sequence: (state) => put(state, null, headOf(state.collection, state.id) !== undefined).write.version,
    current: recordOf,
    save: () => ({ head, records, steps: steps.length }),
    restore: (saved) => {
      for (const { write, before, accepted: answer } of steps.splice(saved.steps).toReversed()) {
        const { collection, id } = write
        if (before === undefined) written.delete(collection, id)
        else written.set(collection, id, before)
        if (answer !== null) accepted.delete(answer.clientId, answer.n)
      }
      head = saved.head
      records = saved.records
    },
    get head() {
      return head
    },
    get records() {
      return records
    },
    get recordWrites() {
      return steps
        .map(({ write }) => write)
        .filter((write) => written.get(write.collection, write.id) === write)
    },
    get answerRuns() {
      return runsOf(steps.flatMap(({ accepted: answer }) => answer ?? []))
    },
  }
}
