/**
 * Transactions: reads and writes of the app's callback, collected, and committed in one operation at its end. What it
 * read by id must still be so then; else the callback runs again, on fresh reads (D7, D9).
 */
import { SyncError } from '../errors/sync-error.ts'
import type { RecordKey } from '../ports/storage.ts'
import { groupEntry, uniteGroup } from '../store/groups.ts'
import { slotName, type Workspace } from '../store/workspace.ts'
import type { ClientContext } from './client-context.ts'
import { TransactionState } from './transaction-state.ts'
import { applyWrite } from './write-document.ts'

/** So often a callback runs again before it is given up. */
const MOST_RUNS = 100

/** Answered by the operation where something read by id was changed meanwhile. */
const AGAIN: unique symbol = Symbol('again')

/** Runs the callback until what it read stays as it was, and commits what it wrote. */
export async function runTransaction<T>(
  client: ClientContext,
  callback: (state: TransactionState) => T | Promise<T>,
): Promise<T> {
  for (let run = 0; run < MOST_RUNS; run += 1) {
    const state = new TransactionState(client)
    let result: T
    try {
      result = await callback(state)
      await state.settle()
    } catch (error) {
      await state.abandon()
      // What was read may have come from two moments; then the error says nothing.
      if (state.reads.size > 0 && !(await stillAsRead(client, state))) continue
      throw error
    }
    if ((await commit(client, state)) !== AGAIN) return result
  }
  throw new SyncError(
    'STORAGE_FAILED',
    `A transaction was begun ${MOST_RUNS} times, and each time what it had read was changed before its end. Try again, or read less.`,
    { retryable: true },
  )
}

function stillAsRead(client: ClientContext, state: TransactionState): Promise<boolean> {
  return client.store.submit({
    origin: 'internal',
    keys: [...state.reads.values()].map(({ key }) => key),
    run: (workspace) => isAsRead(workspace, state),
  })
}

async function commit(client: ClientContext, state: TransactionState): Promise<typeof AGAIN | undefined> {
  const { reads, writes } = state
  if (reads.size === 0 && writes.size === 0) return undefined
  const keys = new Map<string, RecordKey>()
  for (const [name, { key }] of reads) keys.set(name, key)
  for (const [name, { key }] of writes) keys.set(name, key)
  const group = client.maxGroup !== null && writes.size > 1 ? client.newGroup() : null
  return client.store.submit({
    origin: 'local',
    keys: [...keys.values()],
    ...(group === null ? {} : { entries: [groupEntry(group)] }),
    run: (workspace) => {
      if (!isAsRead(workspace, state)) return AGAIN
      const changed: RecordKey[] = []
      for (const { context, key, write } of writes.values()) {
        if (applyWrite(context, workspace, key, write) && context.spec.synced) changed.push(key)
      }
      checkScopes(workspace, changed)
      const unsent = changed.filter((key) => workspace.get(key) !== null)
      if (group !== null && unsent.length > 1) unite(client, workspace, group, unsent)
      return undefined
    },
  })
}

/** Nothing that was read has been changed, by whoever. */
function isAsRead(workspace: Workspace, state: TransactionState): boolean {
  for (const { key, revision } of state.reads.values()) {
    workspace.get(key)
    if (workspace.revision(key) !== revision || workspace.isChanged(key)) return false
  }
  return true
}

function checkScopes(workspace: Workspace, keys: readonly RecordKey[]): void {
  const scopes = new Set(keys.flatMap((key) => workspace.get(key)?.scope ?? []))
  if (scopes.size < 2) return
  throw new SyncError(
    'INVALID_MUTATION',
    `A transaction may write in one scope only, this one wrote in ${[...scopes].map((scope) => `"${scope}"`).join(' and ')}. Use one transaction for each.`,
    { details: { scopes: [...scopes] } },
  )
}

function unite(client: ClientContext, workspace: Workspace, group: string, keys: readonly RecordKey[]): void {
  const members = uniteGroup(workspace, group, keys)
  const most = client.maxGroup!
  if (members.length <= most) return
  throw new SyncError(
    'GROUP_TOO_LARGE',
    `The transaction and the unsent ones it shares records with have ${members.length} changes; the backend applies at most ${most} at once. Write less in one transaction, or wait until the others are sent.`,
    { details: { size: members.length, most, records: members.map(slotName).slice(0, 100) } },
  )
}
