/** What is unsent, as the app can look at it and act on it (W15). */
import { SyncError } from '../errors/sync-error.ts'
import type { ErrorCode } from '../errors/codes.ts'
import { discard, retry } from '../outbox/intervene.ts'
import { type RecordState, thereText } from '../outbox/record-state.ts'
import type { TransitionContext } from '../outbox/transition.ts'
import type { Lane, RecordKey } from '../ports/storage.ts'
import type { Json } from '../shared/json.ts'
import { dropEmptyGroup, listedMembers, uniteGroup } from '../store/groups.ts'
import { decodeRow } from '../store/record-codec.ts'
import { slotName, type Workspace } from '../store/workspace.ts'
import type { SyncEngine } from '../sync/engine-contract.ts'
import type { ClientContext } from './client-context.ts'
import { prepareContext } from './prepare-collections.ts'

/** One record with something unsent. */
export interface OutboxItem {
  /** `collection/recordId`: what `retry` and `discard` take. */
  readonly id: string
  readonly collection: string
  readonly recordId: string
  /** `waiting` to be sent, `sending` (sent, or about to be, and not answered), or `parked`: refused for good. */
  readonly status: Lane
  /** `put`: a new document. `patch`: what changed of one. `delete`: its removal. */
  readonly kind: 'put' | 'patch' | 'delete'
  /** Why it was refused, where it was. */
  readonly code?: ErrorCode
  readonly reason?: string
  readonly details?: Readonly<Record<string, Json>>
  /** Attempts in a row that failed. */
  readonly attempts: number
  /** Device time of the next attempt, in milliseconds, where it has to wait for it. */
  readonly nextAttemptAt?: number
  /** Changes of one transaction have the same, and are sent, refused, retried and discarded together. */
  readonly group?: string
  /** The document as it is here; null where it was deleted. */
  readonly document: Json
}

const PAGE = 500
const LANES: readonly Lane[] = ['sending', 'waiting', 'parked']

/** The changes that have not reached the backend. */
export class Outbox {
  readonly #client: ClientContext
  readonly #engine: SyncEngine

  constructor(client: ClientContext, engine: SyncEngine) {
    this.#client = client
    this.#engine = engine
  }

  /** What is in flight, what waits, and what was refused; each in the order it was first changed. */
  async list(): Promise<OutboxItem[]> {
    const { storage, store } = this.#client
    this.#client.assertOpen()
    return store.exclusive(async () => {
      const items: OutboxItem[] = []
      for (const lane of LANES) {
        for (let after = -1; ;) {
          const rows = await storage.outbox({ lane, scope: null, after, limit: PAGE })
          for (const row of rows) if (!('damaged' in row)) items.push(itemOf(decodeRow(row)))
          if (rows.length < PAGE) break
          after = rows.at(-1)!.order
        }
      }
      return items
    })
  }

  /** Sends a parked or waiting change again at once, with all of its transaction. NOT_FOUND where nothing is unsent. */
  async retry(id: string): Promise<void> {
    await this.#intervene(id, (workspace, state) => workspace.set(state, retry(state)))
  }

  /**
   * Takes a change back, with all of its transaction: the record becomes what the backend last had. What is in flight
   * cannot be called back; it is undone once it is answered, a transaction as a whole. NOT_FOUND where nothing is unsent.
   */
  async discard(id: string): Promise<void> {
    // May run several times, and names one group.
    const group = this.#client.newGroup()
    await this.#intervene(
      id,
      (workspace, state) => {
        const undo = { time: this.#client.tick(state.sync.time), order: this.#client.nextOrder() }
        workspace.set(state, discard(state, undo, this.#context(state)).state)
      },
      (workspace, members) => {
        const undone = members.filter((key) => (workspace.get(key)?.lane ?? null) !== null)
        if (undone.length > 1) uniteGroup(workspace, group, undone)
      },
    )
  }

  /** Resolves when nothing waits or is in flight. Parked changes do not count. NOT_SUPPORTED without an adapter. */
  async settled(): Promise<void> {
    this.#client.assertOpen()
    await this.#client.store.settled()
    await this.#client.holding(() => this.#engine.settled())
  }

  async #intervene(
    id: string,
    act: (workspace: Workspace, state: RecordState) => void,
    then: (workspace: Workspace, members: readonly RecordState[]) => void = () => undefined,
  ): Promise<void> {
    this.#client.assertOpen()
    const key = this.#keyOf(id)
    await this.#client.store.submit({
      origin: 'local',
      keys: [key],
      run: (workspace) => {
        const state = workspace.get(key)
        if (state === null || state.lane === null) throw nothingUnsent(id)
        const group = groupOf(state)
        const members = group === undefined ? [state] : membersOf(workspace, state, group)
        for (const member of members) act(workspace, member)
        then(workspace, members)
        if (group !== undefined) dropEmptyGroup(workspace, group)
      },
    })
  }

  #keyOf(id: string): RecordKey {
    const at = typeof id === 'string' ? id.indexOf('/') : -1
    const collection = at < 0 ? '' : id.slice(0, at)
    if (!this.#client.collections.has(collection)) throw nothingUnsent(id)
    return { collection, id: id.slice(at + 1) }
  }

  #context(state: RecordState): TransitionContext {
    const { spec } = this.#client.collections.get(state.collection)!
    const now = (): number => 0
    return prepareContext(
      { now, nextOrder: () => this.#client.nextOrder() },
      spec,
      state.sync.generation ?? 0,
    )
  }
}

function groupOf(state: RecordState): string | undefined {
  return state.sync.group ?? (state.lane === 'sending' ? state.sync.inFlight?.group : undefined)
}

/** The record and what is unsent of its group. */
function membersOf(workspace: Workspace, state: RecordState, group: string): readonly RecordState[] {
  const members = new Map([[slotName(state), state]])
  for (const key of listedMembers(workspace, group)) {
    const member = workspace.get(key)
    if (member !== null && member.lane !== null && groupOf(member) === group)
      members.set(slotName(member), member)
  }
  return [...members.values()]
}

function itemOf(state: RecordState): OutboxItem {
  const { collection, id: recordId, sync } = state
  const { parked, retryAt } = sync
  const group = groupOf(state)
  return {
    id: slotName(state),
    collection,
    recordId,
    status: state.lane!,
    kind: state.document === null ? 'delete' : thereText(state) === null ? 'put' : 'patch',
    ...(parked === undefined ? {} : { code: parked.code, reason: parked.reason }),
    ...(parked?.details === undefined ? {} : { details: parked.details }),
    attempts: sync.attempts ?? 0,
    ...(retryAt === undefined ? {} : { nextAttemptAt: retryAt }),
    ...(group === undefined ? {} : { group }),
    document: state.document === null ? null : (JSON.parse(state.document) as Json),
  }
}

function nothingUnsent(id: unknown): SyncError {
  const message = `There is nothing unsent under ${JSON.stringify(id)}. Ids are collection/id, as outbox.list() gives them.`
  return new SyncError('NOT_FOUND', message, { details: { id } })
}
