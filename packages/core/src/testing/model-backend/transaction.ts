/**
 * One push, as one transaction of the model backend: positions are taken as it runs, and everything becomes visible at
 * once, at its commit, which may come much later. Until then it holds the records it wrote and its client's memory.
 */
import { isSyncError, SyncError } from '../../errors/sync-error.ts'
import { clampTime } from '../../clock/hybrid-clock.ts'
import { applyPatch } from '../../document/patch.ts'
import type { Projection } from '../../protocol/filter.ts'
import type { PushOutcome, PushRequest, PushResult } from '../../protocol/messages.ts'
import type { Mutation, RemoteRecord } from '../../protocol/mutation.ts'
import { utf8ByteLength } from '../../shared/bytes.ts'
import type { JsonObject } from '../../shared/json.ts'
import { isExpired, isOfHistory, parseCursor } from './cursor.ts'
import { epochName, type Feed, type Remembered, type Stored } from './feed.ts'
import { projected } from './pull.ts'

export const MAX_RECORD_BYTES = 16_000_000

/** Why a backend of the app's own refuses a mutation for good. */
export type Refuse = (
  mutation: Mutation,
) => { readonly code: 'FORBIDDEN'; readonly reason: string } | undefined

/** What a transaction has written, in order. */
export interface Applied {
  readonly mutation: Mutation
  readonly record: RemoteRecord
  readonly position: number
}

export interface Transaction {
  readonly request: PushRequest
  readonly results: readonly PushResult[]
  readonly applied: readonly Applied[]
  /** The first position it took; null where it wrote nothing. */
  readonly first: number | null
  /** Makes it visible. */
  commit(at: number): void
}

/** Whether two pushes touch the same, so that one waits for the other. */
export function contend(a: PushRequest, b: PushRequest): boolean {
  if (a.clientId === b.clientId) return true
  const names = new Set(a.mutations.map(nameOf))
  return b.mutations.some((mutation) => names.has(nameOf(mutation)))
}

export function runTransaction(
  feed: Feed,
  request: PushRequest,
  options: { readonly now: number; readonly refuse: Refuse },
): Transaction {
  const memory = feed.results.get(request.clientId) ?? new Map<number, Remembered>()
  feed.results.set(request.clientId, memory)
  const run = new Run(feed, request, options)
  const results = new Map<string, PushOutcome>()
  const units = new Map<string, Mutation[]>()
  const behind = behindOf(feed, request)
  const reused = new Set<string>()
  for (const mutation of request.mutations) {
    const known = recall(memory, mutation)
    if (known?.status === 'rejected' && mutation.group !== undefined) reused.add(mutation.group)
  }
  for (const mutation of request.mutations) {
    const known = recall(memory, mutation)
    if (known !== null) results.set(mutation.id, known)
    else if (mutation.group !== undefined && reused.has(mutation.group)) {
      results.set(mutation.id, { status: 'aborted' })
    } else if (behind !== null) results.set(mutation.id, { status: 'retry', code: behind })
    else {
      const name = mutation.group === undefined ? `m:${mutation.id}` : `g:${mutation.group}`
      units.set(name, [...(units.get(name) ?? []), mutation])
    }
  }
  for (const unit of units.values()) {
    for (const [id, outcome] of run.unit(unit)) results.set(id, outcome)
  }
  return {
    request,
    results: request.mutations.map(({ id }) => ({ id, ...results.get(id)! })),
    applied: run.applied,
    first: run.applied[0]?.position ?? null,
    commit(at) {
      for (const { mutation, record, position } of run.applied) {
        feed.records.set(nameOf(mutation), { record, position, storedAt: at })
        const result: PushOutcome = { status: 'accepted', version: record.version }
        memory.set(numberOf(mutation), { time: mutation.time, result, at })
      }
      for (const n of memory.keys()) if (n < request.settled) memory.delete(n)
    },
  }
}

/** What a transaction has seen and written so far. */
class Run {
  readonly #feed: Feed
  readonly #fields: PushRequest['fields']
  readonly #now: number
  readonly #refuse: Refuse
  readonly #written = new Map<string, RemoteRecord>()
  applied: Applied[] = []

  constructor(feed: Feed, request: PushRequest, options: { readonly now: number; readonly refuse: Refuse }) {
    this.#feed = feed
    this.#fields = request.fields
    this.#now = options.now
    this.#refuse = options.refuse
  }

  /** One mutation or one group: applied whole or not at all. */
  unit(mutations: readonly Mutation[]): ReadonlyMap<string, PushOutcome> {
    const outcomes = new Map<string, PushOutcome>()
    const { head } = this.#feed
    const count = this.applied.length
    const before = new Map(this.#written)
    for (const mutation of mutations)
      outcomes.set(mutation.id, this.#apply(mutation, this.#fields?.[mutation.collection]))
    if ([...outcomes.values()].every(({ status }) => status === 'accepted')) return outcomes
    this.#feed.head = head
    this.applied.length = count
    this.#written.clear()
    for (const [name, record] of before) this.#written.set(name, record)
    for (const [id, { status }] of outcomes)
      if (status === 'accepted') outcomes.set(id, { status: 'aborted' })
    return outcomes
  }

  #apply(mutation: Mutation, fields: Projection | undefined): PushOutcome {
    const feed = this.#feed
    const name = nameOf(mutation)
    const stored: Stored | undefined = feed.records.get(name)
    const current = this.#written.get(name) ?? stored?.record
    const refusal = this.#refuse(mutation)
    if (refusal !== undefined) return { status: 'rejected', ...refusal }
    if ((current?.version ?? null) !== mutation.base) {
      return { status: 'conflict', current: current === undefined ? null : projected(current, fields) }
    }
    let data: JsonObject | null
    try {
      data = resultOf(mutation, current)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return { status: 'rejected', code: isSyncError(error) ? error.code : 'INVALID_MUTATION', reason }
    }
    if (data !== null && utf8ByteLength(JSON.stringify(data)) > MAX_RECORD_BYTES) {
      return { status: 'rejected', code: 'RECORD_TOO_LARGE', reason: `More than ${MAX_RECORD_BYTES} bytes.` }
    }
    feed.head += 1
    const version = versionAt(feed, feed.head)
    const record: RemoteRecord = {
      collection: mutation.collection,
      id: mutation.recordId,
      version,
      deleted: data === null,
      ...(data === null ? {} : { data }),
      time: clampTime(mutation.time, this.#now + 60_000),
      schema: mutation.schema,
      mutation: mutation.id,
    }
    this.#written.set(name, record)
    this.applied.push({ mutation, record, position: feed.head })
    return { status: 'accepted', version }
  }
}

/** The key a record is stored under. */
export function nameOf(mutation: Mutation): string {
  return `${mutation.collection}/${mutation.recordId}`
}

function versionAt(feed: Feed, position: number): string {
  return `${String(feed.history).padStart(4, '0')}-${String(position).padStart(12, '0')}`
}

function numberOf(mutation: Mutation): number {
  return Number(mutation.id.slice(mutation.id.lastIndexOf('.') + 1))
}

function recall(memory: ReadonlyMap<number, Remembered>, mutation: Mutation): PushOutcome | null {
  const known = memory.get(numberOf(mutation))
  if (known === undefined) return null
  if (known.time === mutation.time) return known.result
  return { status: 'rejected', code: 'MUTATION_ID_REUSED', reason: 'This id was used for another mutation.' }
}

function behindOf(feed: Feed, request: PushRequest): 'EPOCH_CHANGED' | 'CURSOR_EXPIRED' | null {
  const cursor = parseCursor(request.cursor)
  if (request.epoch !== epochName(feed) || !isOfHistory(cursor, feed)) return 'EPOCH_CHANGED'
  return isExpired(cursor, feed) ? 'CURSOR_EXPIRED' : null
}

function resultOf(mutation: Mutation, current: RemoteRecord | undefined): JsonObject | null {
  switch (mutation.kind) {
    case 'delete':
      return null
    case 'put':
      return JSON.parse(JSON.stringify(mutation.data)) as JsonObject
    case 'patch': {
      if (current === undefined || current.deleted) {
        throw new SyncError('INVALID_MUTATION', 'A patch needs a document to apply to.')
      }
      return applyPatch(current.data as JsonObject, mutation.patch!)
    }
  }
}
