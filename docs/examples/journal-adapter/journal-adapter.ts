/**
 * A complete adapter, to be read along with docs/how-to/write-an-adapter.md: a backend in one file, for one process. It
 * is strict: it passes the whole conformance suite. It is also simple-minded: the state is held in memory, the file only
 * grows, and every push waits for the disk.
 */
import {
  type AdapterContext,
  applyPatch,
  type BackendAdapter,
  type Change,
  checkFetchRequest,
  checkPullRequest,
  checkPushRequest,
  clampTime,
  compileFilter,
  type Cursor,
  isSyncError,
  type JsonObject,
  type Mutation,
  parseFilter,
  type Projection,
  type PullCollection,
  type PullRequest,
  type PullResponse,
  type PushOutcome,
  type PushRequest,
  type PushResponse,
  type PushResult,
  type RemoteRecord,
  SyncError,
  toHex,
  utf8ByteLength,
} from '@synclayer/core/adapter'
import { type Journal, type Line, openJournal, type State, type Write } from './journal.ts'

const MAX_RECORD_BYTES = 1024 * 1024

/** What an open adapter works with. */
interface Backend {
  readonly journal: Journal
  readonly context: AdapterContext
}

/** A backend in one file, for one process. */
export function journalAdapter(options: { readonly path: string }): BackendAdapter {
  let backend: Backend | null = null
  const opened = (signal?: AbortSignal): Backend => {
    if (backend === null) throw new SyncError('CLOSED', 'The adapter is not open.')
    if (signal?.aborted === true) throw new SyncError('ABORTED', 'The request was aborted.')
    return backend
  }
  return {
    name: 'journal',
    capabilities: {
      consistency: 'strict',
      orderedVersions: true,
      patch: true,
      groups: true,
      realtime: true,
      memory: 'full',
      maxBatch: 1_000,
      maxRecordBytes: MAX_RECORD_BYTES,
    },
    async open(context) {
      backend ??= { journal: openJournal(options.path, (state) => beginning(state, context)), context }
    },
    push: async (request, signal) => push(opened(signal), request),
    pull: async (request, signal) => pull(opened(signal), request),
    async fetch(request, signal) {
      const { journal } = opened(signal)
      const { scope, collection, ids, fields } = checkFetchRequest(request)
      const { records } = journal.feed(scope)
      return ids.flatMap((id) => {
        const stored = records.get(`${collection}/${id}`)
        return stored === undefined ? [] : [shown(stored.record, fields)]
      })
    },
    async subscribe({ scope, cursor }, wake) {
      const { journal } = opened()
      const tell = (changed: string): void => {
        if (changed === scope) queueMicrotask(() => listeners.has(tell) && wake({ scope }))
      }
      const { listeners } = journal
      listeners.add(tell)
      // What was written between the client's last pull and this call.
      if (cursor === null || parseCursor(cursor).position < journal.state.head) tell(scope)
      return { close: async () => void listeners.delete(tell) }
    },
    async purge({ scope, before }) {
      const { journal, context } = opened()
      // Results are kept twice as long as tombstones.
      const resultsBefore = 2 * before - context.clock.now()
      const count = (): { tombstones: number; results: number } => {
        const { records, results } = journal.feed(scope)
        return {
          tombstones: [...records.values()].filter(({ record }) => record.deleted).length,
          results: [...results.values()].reduce((sum, ofClient) => sum + ofClient.size, 0),
        }
      }
      const was = count()
      journal.commit((write) => write({ kind: 'purge', scope, before, resultsBefore }))
      const is = count()
      return { tombstones: was.tombstones - is.tombstones, results: was.results - is.results }
    },
    async close() {
      backend?.journal.close()
      backend = null
    },
  }
}

// History: epochs, marks, versions and cursors

/** Written at every opening: a new file gets its epoch, and what this process writes a name of its own. */
function beginning(state: State, context: AdapterContext): readonly Line[] {
  const mark: Line = { kind: 'mark', mark: randomName(context) }
  return state.epoch === '' ? [{ kind: 'epoch', epoch: nextEpoch(state, context) }, mark] : [mark]
}

/** `ordinal.random`. Ordinals rise with the clock, so that putting one copy back twice gives two epochs. */
function nextEpoch(state: State, context: AdapterContext): string {
  const ordinal = Math.max(Number(ordinalOf(state.epoch)) + 1, context.clock.now())
  return `${String(ordinal).padStart(15, '0')}.${randomName(context)}`
}

function ordinalOf(epoch: string): string {
  return epoch.slice(0, 15)
}

function randomName({ random }: AdapterContext): string {
  return toHex(random.bytes(8))
}

/** The name a position was written under; none where nothing was written yet. */
function markOf(state: State, position: number): string {
  return state.marks.findLast(({ after }) => after < position)?.mark ?? ''
}

interface Place {
  readonly epoch: string
  readonly scope: string
  /** Everything up to here was told. */
  readonly position: number
  /** In a snapshot the head as it began, which is further; else the position. */
  readonly seen: number
  readonly mark: string
}

function formatCursor(state: State, scope: string, position: number, seen: number): Cursor {
  return JSON.stringify([state.epoch, scope, position, seen, markOf(state, seen)])
}

function parseCursor(cursor: Cursor): Place {
  try {
    const parts = JSON.parse(cursor) as [string, string, number, number, string]
    const [epoch, scope, position, seen, mark] = parts
    const isCount = [position, seen].every((n) => Number.isSafeInteger(n) && n >= 0)
    // Nothing that merely resembles a cursor is taken for one.
    if (isCount && JSON.stringify(parts) === cursor) return { epoch, scope, position, seen, mark }
  } catch {
    // No JSON is no cursor either.
  }
  throw new SyncError('PROTOCOL', 'This cursor was not made by this backend.')
}

/** Why the cursor can no longer be served; null where it can. A history that was undone ends its epoch (A4). */
function refusalOf({ journal, context }: Backend, scope: string, place: Place): Refusal | null {
  const { state } = journal
  if (place.epoch !== state.epoch || place.scope !== scope) return 'EPOCH_CHANGED'
  if (place.seen > state.head || (place.seen > 0 && markOf(state, place.seen) !== place.mark)) {
    journal.commit((write) => {
      write({ kind: 'epoch', epoch: nextEpoch(state, context) })
      write({ kind: 'mark', mark: randomName(context) })
    })
    return 'EPOCH_CHANGED'
  }
  return place.seen < journal.feed(scope).floor ? 'CURSOR_EXPIRED' : null
}

type Refusal = 'EPOCH_CHANGED' | 'CURSOR_EXPIRED'

// Push

function push(backend: Backend, sent: PushRequest): PushResponse {
  const { journal, context } = backend
  // One bad mutation becomes its own result, and harms no other.
  const { request, refused } = checkPushRequest(sent)
  const { scope, clientId, settled } = request
  const behind = refusalOf(backend, scope, parseCursor(request.cursor))
  const refusal = behind ?? (request.epoch === journal.state.epoch ? null : 'EPOCH_CHANGED')
  const results = journal.commit((write) => {
    const answers = unitsOf(request.mutations).flatMap((unit) =>
      applyUnit(backend, request, unit, refusal, write),
    )
    if (journal.feed(scope).results.has(clientId))
      write({ kind: 'settled', scope, client: clientId, n: settled })
    return answers
  })
  return { results: [...results, ...refused], serverTime: context.clock.now() }
}

/** Groups whole, everything else by itself. */
function unitsOf(mutations: readonly Mutation[]): readonly (readonly Mutation[])[] {
  const units = new Map<string, Mutation[]>()
  for (const mutation of mutations) {
    const name = mutation.group === undefined ? `m${mutation.id}` : `g${mutation.group}`
    units.set(name, [...(units.get(name) ?? []), mutation])
  }
  return [...units.values()]
}

/** Judges every member first; only when all pass is the unit written, as one line (A10). */
function applyUnit(
  backend: Backend,
  request: PushRequest,
  unit: readonly Mutation[],
  refusal: Refusal | null,
  write: (line: Line) => void,
): readonly PushResult[] {
  const { journal, context } = backend
  const at = context.clock.now()
  const known = unit.map((mutation) => recall(journal, request, mutation))
  // A unit was applied whole, so its results are all remembered, or it is judged as if none were.
  if (known.every((outcome) => outcome !== null)) return answers(unit, known)
  const touched = new Set<string>()
  const judged = unit.map((mutation) => {
    const key = `${mutation.collection}/${mutation.recordId}`
    if (touched.has(key)) return reject('INVALID_MUTATION', 'A group may change a record only once.')
    touched.add(key)
    return judge(journal, request, mutation, refusal)
  })
  if (judged.some((verdict) => 'status' in verdict)) {
    return answers(
      unit,
      judged.map((verdict) => ('status' in verdict ? verdict : ({ status: 'aborted' } as const))),
    )
  }
  const { state } = journal
  const writes = unit.map((mutation, index): Write => {
    const position = state.head + 1 + index
    const { document } = judged[index] as Applicable
    const record: RemoteRecord = {
      collection: mutation.collection,
      id: mutation.recordId,
      version: `${ordinalOf(state.epoch)}.${String(position).padStart(15, '0')}.${state.marks.at(-1)?.mark}`,
      deleted: document === null,
      ...(document === null ? {} : { data: document }),
      // Nobody's clock may run ahead of the backend's by more than a minute (T4).
      time: clampTime(mutation.time, at + 60_000),
      schema: mutation.schema,
      mutation: mutation.id,
    }
    return { position, record, client: request.clientId, n: numberOf(mutation), sent: mutation.time }
  })
  write({ kind: 'write', scope: request.scope, at, writes })
  return answers(
    unit,
    writes.map(({ record }) => ({ status: 'accepted', version: record.version })),
  )
}

function answers(
  unit: readonly Mutation[],
  outcomes: readonly (PushOutcome | null)[],
): readonly PushResult[] {
  return unit.map(({ id }, index) => ({ id, ...(outcomes[index] as PushOutcome) }))
}

function numberOf({ id }: Mutation): number {
  return Number(id.slice(id.lastIndexOf('.') + 1))
}

/** What it was answered before, whatever has happened since (A3). */
function recall(journal: Journal, request: PushRequest, mutation: Mutation): PushOutcome | null {
  const known = journal.feed(request.scope).results.get(request.clientId)?.get(numberOf(mutation))
  if (known === undefined) return null
  if (known.sent === mutation.time) return { status: 'accepted', version: known.version }
  return reject('MUTATION_ID_REUSED', 'This id was used for another mutation.')
}

interface Applicable {
  /** The document it makes; null deletes. */
  readonly document: JsonObject | null
}

/** What applying would do. The order of the questions matters: known? behind? the right base? does it fit? */
function judge(
  journal: Journal,
  { scope, fields, ...request }: PushRequest,
  mutation: Mutation,
  refusal: Refusal | null,
): Applicable | PushOutcome {
  const known = recall(journal, { scope, ...request }, mutation)
  if (known !== null) return known
  if (refusal !== null) return { status: 'retry', code: refusal }
  const current = journal.feed(scope).records.get(`${mutation.collection}/${mutation.recordId}`)?.record
  if ((current?.version ?? null) !== mutation.base) {
    return {
      status: 'conflict',
      current: current === undefined ? null : shown(current, fields?.[mutation.collection]),
    }
  }
  if (mutation.kind === 'delete') return { document: null }
  try {
    const document = mutation.kind === 'put' ? (mutation.data as JsonObject) : patched(current, mutation)
    const bytes = utf8ByteLength(JSON.stringify(document))
    if (bytes <= MAX_RECORD_BYTES) return { document }
    return reject('RECORD_TOO_LARGE', `The document has ${bytes} bytes; ${MAX_RECORD_BYTES} are allowed.`)
  } catch (error) {
    if (isSyncError(error)) return reject('INVALID_MUTATION', error.message)
    throw error
  }
}

function patched(current: RemoteRecord | undefined, { patch = {} }: Mutation): JsonObject {
  if (current?.data === undefined)
    throw new SyncError('INVALID_MUTATION', 'A patch needs a document to change.')
  return applyPatch(current.data as JsonObject, patch)
}

function reject(
  code: 'INVALID_MUTATION' | 'RECORD_TOO_LARGE' | 'MUTATION_ID_REUSED',
  reason: string,
): PushOutcome {
  return { status: 'rejected', code, reason }
}

// Pull

/** Walks the records of a scope in the order of their positions: a snapshot from the first, else from the cursor on. */
function pull(backend: Backend, sent: PullRequest): PullResponse {
  const { scope, collections, cursor, limit } = checkPullRequest(sent)
  const { journal, context } = backend
  const place = cursor === null ? null : parseCursor(cursor)
  const refusal = place === null ? null : refusalOf(backend, scope, place)
  if (refusal !== null) throw new SyncError(refusal, 'This cursor can no longer be served.')
  const { state } = journal
  const answer = (
    changes: readonly Change[],
    position: number,
    seen: number,
    hasMore: boolean,
  ): PullResponse => ({
    changes,
    // Past the head of its beginning a snapshot is an ordinary walk.
    cursor: formatCursor(state, scope, position, Math.max(position, seen)),
    epoch: state.epoch,
    hasMore,
    serverTime: context.clock.now(),
  })
  if (limit === 0) return answer([], place?.position ?? state.head, place?.seen ?? state.head, false)
  const seen = place?.seen ?? state.head
  const tell = teller(collections)
  const changes: Change[] = []
  let position = place?.position ?? 0
  for (const stored of journal.feed(scope).records.values()) {
    if (stored.position <= position) continue
    if (changes.length === limit) return answer(changes, position, seen, true)
    const change = tell(stored.record)
    // A snapshot need not speak of what is not there (A7).
    const isNews = stored.position > seen || change?.kind === 'put'
    if (change !== null && isNews) changes.push(change)
    position = stored.position
  }
  return answer(changes, state.head, state.head, false)
}

/** What a record's state is to one who asked for these collections; null: nothing. */
function teller(collections: readonly PullCollection[]): (record: RemoteRecord) => Change | null {
  const wanted = new Map(
    collections.map(({ name, filter, fields }) => [name, { matches: matcher(filter), fields }] as const),
  )
  return (record) => {
    const asked = wanted.get(record.collection)
    if (asked === undefined) return null
    if (record.deleted) return { ...record, kind: 'delete' }
    if (asked.matches(record.data as JsonObject)) return { ...shown(record, asked.fields), kind: 'put' }
    const { collection, id, version } = record
    return { kind: 'leave', collection, id, version }
  }
}

/** Core's own evaluator decides what matches. A database may narrow before, never instead. */
function matcher(filter: PullCollection['filter']): (document: JsonObject) => boolean {
  try {
    return compileFilter(filter === undefined ? null : parseFilter(filter))
  } catch (cause) {
    throw new SyncError('PROTOCOL', 'The filter is not valid.', { cause })
  }
}

/** The record with no more fields than were asked for; always with its id. */
function shown(record: RemoteRecord, fields: Projection | undefined): RemoteRecord {
  if (fields === undefined || record.data === undefined) return record
  const isShown = (key: string): boolean =>
    key === 'id' || ('only' in fields ? fields.only.includes(key) : !fields.except.includes(key))
  return {
    ...record,
    data: Object.fromEntries(Object.entries(record.data as JsonObject).filter(([key]) => isShown(key))),
  }
}
