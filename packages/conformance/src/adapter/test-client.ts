/** A small honest client: it pulls to its cursor, applies what comes, and holds every answer against the contract. */
import type {
  BackendAdapter,
  Change,
  Cursor,
  Json,
  Mutation,
  Patch,
  PullCollection,
  PullResponse,
  PushRequest,
  PushResponse,
  PushResult,
  RemoteRecord,
  Version,
} from '@synclayer/core/adapter'
import { assert, assertEqual, assertPresent } from '../expect.ts'

export const COLLECTION = 'todos'
export const SCOPE = 'default'

export interface ClientOptions {
  readonly id?: string
  readonly scope?: string
  readonly collections?: readonly PullCollection[]
}

/** What a mutation is made of; the client adds id, time and the rest. */
export interface Edit {
  readonly recordId: string
  readonly kind?: Mutation['kind']
  readonly base?: Version | null
  readonly data?: Json
  readonly patch?: Patch
  readonly collection?: string
  readonly group?: string
  readonly time?: string
  readonly schema?: number
}

export interface TestClient {
  readonly id: string
  readonly scope: string
  /** What the client knows, by `collection/id`; records that left or were deleted are not in it. */
  readonly view: ReadonlyMap<string, RemoteRecord>
  cursor: Cursor | null
  epoch: string
  /** Takes a cursor of the head without reading anything: with it a client may push. */
  enter(): Promise<void>
  edit(edit: Edit): Mutation
  /** Sends as it is and checks that each mutation has exactly one answer. */
  push(mutations: readonly Mutation[], overrides?: Partial<PushRequest>): Promise<readonly PushResult[]>
  /** Sends one edit that must be accepted; answers its version. */
  write(edit: Edit): Promise<Version>
  pull(limit?: number): Promise<PullResponse>
  /** Pulls to the head. `sizes` gives the limit of each page. */
  pullAll(sizes?: () => number): Promise<readonly Change[]>
  /** Takes a page as if it had been pulled; one that came along with a wake-up. */
  take(page: PullResponse): void
  /** Forgets everything, as a client does whose cursor can no longer be served. */
  startOver(): void
  get(recordId: string, collection?: string): RemoteRecord | undefined
  /** Reads one record from the backend. */
  stored(recordId: string, collection?: string): Promise<RemoteRecord | undefined>
  rawPush(request: Partial<PushRequest> & Pick<PushRequest, 'mutations'>): Promise<PushResponse>
}

// Writers that meet get in each other's way now and then, and not for ever.
const MOST_ATTEMPTS = 50

/** A signal that never aborts, of its own for each call, as the engine makes them. */
export function neverAborted(): AbortSignal {
  return new AbortController().signal
}

/** A hybrid time of `ms`, told apart by its counter. */
export function hlc(ms: number, counter = 0): string {
  return `${ms.toString(16).padStart(12, '0')}-${counter.toString(16).padStart(4, '0')}-00000000000000aa`
}

/** A client of `adapter`, or of what else answers such requests. It knows nothing yet, and has no cursor. */
export function createTestClient(
  adapter: Pick<BackendAdapter, 'push' | 'pull' | 'fetch'>,
  options: ClientOptions = {},
): TestClient {
  const id = options.id ?? 'alice'
  const scope = options.scope ?? SCOPE
  const collections = options.collections ?? [{ name: COLLECTION }]
  const view = new Map<string, RemoteRecord>()
  let next = 0

  const client: TestClient = {
    id,
    scope,
    view,
    cursor: null,
    epoch: '',
    enter: async () => {
      const head = await adapter.pull({ scope, collections, cursor: null, limit: 0 }, neverAborted())
      assertEqual(head.changes, [], 'changes of a pull with limit 0')
      assertEqual(head.hasMore, false, 'hasMore of a pull with limit 0')
      client.cursor = head.cursor
      client.epoch = head.epoch
    },
    edit: ({ recordId, kind = 'put', collection = COLLECTION, base = null, schema = 1, ...edit }) => {
      const n = next++
      const time = edit.time ?? hlc(Date.now(), n & 0xffff)
      const mutation: Mutation = { id: `${id}.${n}`, collection, recordId, kind, base, time, schema }
      return {
        ...mutation,
        ...(kind === 'put' ? { data: edit.data ?? { id: recordId } } : {}),
        ...(edit.patch === undefined ? {} : { patch: edit.patch }),
        ...(edit.group === undefined ? {} : { group: edit.group }),
      }
    },
    rawPush: async (request) => {
      if (client.cursor === null) await client.enter()
      const cursor = assertPresent(client.cursor, 'cursor')
      return adapter.push(
        { scope, clientId: id, settled: 0, epoch: client.epoch, cursor, ...request },
        neverAborted(),
      )
    },
    push: async (mutations, overrides = {}) => {
      let results = await pushOnce(client, mutations, overrides)
      // Nothing was applied, or nobody knows: a client sends the very same again.
      for (let attempt = 1; attempt < MOST_ATTEMPTS && results.some(isToBeSentAgain); attempt++) {
        await turn()
        const again = mutations.filter((_, index) => isToBeSentAgain(results[index]!))
        const answers = await pushOnce(client, again, overrides)
        results = results.map((result, index) =>
          isToBeSentAgain(result) ? answers[again.indexOf(mutations[index]!)]! : result,
        )
      }
      return results
    },
    write: async (edit) => {
      const [result] = await client.push([client.edit(edit)])
      return acceptedVersion(result)
    },
    pull: async (limit = 100) => {
      const cursor = client.cursor
      const answer = await adapter.pull({ scope, collections, cursor, limit }, neverAborted())
      const page = { ...answer, changes: answer.changes.map(withoutText) }
      assert(
        page.changes.length <= limit,
        `A page of ${page.changes.length} changes, though ${limit} were asked for`,
      )
      assert(!page.hasMore || page.cursor !== cursor, 'hasMore with an unchanged cursor (A1)')
      client.take(page)
      return page
    },
    take: ({ cursor, epoch, changes }) => {
      client.cursor = cursor
      client.epoch = epoch
      for (const change of changes) applyChange(view, change)
    },
    pullAll: async (sizes = () => 100) => {
      const changes: Change[] = []
      for (;;) {
        const page = await client.pull(sizes())
        changes.push(...page.changes)
        if (!page.hasMore) return changes
      }
    },
    startOver: () => {
      client.cursor = null
      view.clear()
    },
    get: (recordId, collection = COLLECTION) => view.get(`${collection}/${recordId}`),
    stored: async (recordId, collection = COLLECTION) => {
      const records = await adapter.fetch({ scope, collection, ids: [recordId] }, neverAborted())
      assert(records.length <= 1, 'One id was asked for')
      return records[0] && withoutText(records[0])
    },
  }
  return client
}

/** The version of an accepted answer. Fails for any other. */
export function acceptedVersion(result: PushResult | undefined): Version {
  if (result?.status === 'accepted') return result.version
  throw new Error(`Expected the mutation to be accepted, got ${JSON.stringify(result)}`)
}

/** The `current` of a conflict. Fails for any other answer. */
export function conflictCurrent(result: PushResult | undefined): RemoteRecord | null {
  if (result?.status === 'conflict') return result.current
  throw new Error(`Expected a conflict, got ${JSON.stringify(result)}`)
}

/** Fails unless the answer is a refusal, or a request to send again, with this code. */
export function assertOutcome(
  result: PushResult | undefined,
  status: 'rejected' | 'retry',
  code: string,
): void {
  if (result?.status === status && result.code === code) return
  throw new Error(`Expected ${status} ${code}, got ${JSON.stringify(result)}`)
}

/** One push, whose answers must be one for each mutation. */
async function pushOnce(
  client: TestClient,
  mutations: readonly Mutation[],
  overrides: Partial<PushRequest>,
): Promise<readonly PushResult[]> {
  const { results } = await client.rawPush({ ...overrides, mutations })
  const answered = results.map((result) => result.id).toSorted()
  assertEqual(answered, mutations.map((mutation) => mutation.id).toSorted(), 'ids answered')
  return mutations.map((mutation, index) => {
    const result = assertPresent(ofMutation(results, mutations, index, mutation.id))
    if (result.status !== 'conflict') return result
    return { ...result, current: result.current && withoutText(result.current) }
  })
}

/** A client that is behind has to pull first; all else that is not certain is to be sent again as it is. */
function isToBeSentAgain(result: PushResult): boolean {
  return result.status === 'retry' && !['EPOCH_CHANGED', 'CURSOR_EXPIRED'].includes(result.code)
}

/** Gives the other work of the process its turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}

/** Where an id was sent twice it is answered twice: the first answer belongs to the first. */
function ofMutation(
  results: readonly PushResult[],
  mutations: readonly Mutation[],
  index: number,
  id: string,
): PushResult | undefined {
  const earlier = mutations.slice(0, index).filter((mutation) => mutation.id === id).length
  return earlier === 0
    ? results.find((result) => result.id === id)
    : results.filter((r) => r.id === id)[earlier]
}

/** The record as data alone. The text that may come along must say the same (A6). */
export function withoutText<State extends RemoteRecord | Change>(state: State): State {
  if (!('text' in state)) return state
  const { text, ...rest } = state
  assertEqual(JSON.parse(String(text)), 'data' in rest ? rest.data : undefined, `the text of ${state.id}`)
  return rest as State
}

function applyChange(view: Map<string, RemoteRecord>, change: Change): void {
  const key = `${change.collection}/${change.id}`
  if (change.kind !== 'put') {
    view.delete(key)
    return
  }
  assert(!change.deleted, 'A put of a deleted record')
  const { kind: _kind, text, ...record } = change
  if (text !== undefined) assertEqual(JSON.parse(text), record.data, `the text of ${key}`)
  view.set(key, record)
}
