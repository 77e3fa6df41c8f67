/**
 * Brings the stored rows of each collection to what the app declares now: its schema version and its indexes. Rows are
 * rewritten page by page, each page in one commit with the place it reached, so that an interrupted run goes on where
 * it was (R7).
 */
import { reasonOf } from '../errors/reason-of.ts'
import { SyncError } from '../errors/sync-error.ts'
import { correctTime, stampTime } from '../clock/hybrid-clock.ts'
import type { TransitionContext } from '../outbox/transition.ts'
import type { Storage } from '../ports/storage.ts'
import type { CollectionSpec } from '../store/collection-spec.ts'
import { LocalStore } from '../store/local-store.ts'
import type { Report } from '../sync/events.ts'
import { type Migrated, migrateRecord } from './migrate-record.ts'

export interface PrepareDeps {
  readonly storage: Storage
  readonly specs: ReadonlyMap<string, CollectionSpec>
  now(): number
  nextOrder(): number
  readonly report: Report
}

/** What a collection's rows were last brought to. */
interface Prepared {
  readonly schema: number
  readonly indexes: readonly string[]
}

interface Progress extends Prepared {
  /** The last id that is done. */
  readonly after: string
}

const PAGE = 500

function collectionEntry(name: string): string {
  return `collection:${name}`
}

function progressEntry(name: string): string {
  return `prepare:${name}`
}

/** Prepares all collections. Failures of single records are reported as `error` events; the record is kept. */
export async function prepareCollections(deps: PrepareDeps): Promise<void> {
  const { storage, specs } = deps
  const names = [...specs.keys()]
  if (names.length === 0) return
  const entries = await storage.readEntries(names.map(collectionEntry))
  // Nobody listens yet: what is opened now is loaded afterwards.
  const store = new LocalStore(storage, specs, () => undefined)
  for (const [index, name] of names.entries()) {
    const spec = specs.get(name)!
    const before = entries[index] === undefined ? null : (JSON.parse(entries[index].value) as Prepared)
    const wanted: Prepared = { schema: spec.schema, indexes: spec.indexes.map((declared) => declared.name) }
    if (before === null || !isSame(before, wanted)) await prepare(deps, store, spec, wanted)
  }
  await store.close()
}

async function prepare(
  deps: PrepareDeps,
  store: LocalStore,
  spec: CollectionSpec,
  wanted: Prepared,
): Promise<void> {
  const { name } = spec
  const entry = await store.entry(progressEntry(name))
  const progress = entry === undefined ? null : (JSON.parse(entry.value) as Progress)
  let after = progress !== null && isSame(progress, wanted) ? progress.after : null
  for (;;) {
    const rows = await deps.storage.scan({ collection: name, after, limit: PAGE })
    const last = rows.at(-1)
    if (last === undefined) break
    const keys = rows.flatMap((row) => ('damaged' in row ? [] : [{ collection: name, id: row.id }]))
    const done: Progress = { ...wanted, after: last.id }
    const migrated = await store.submit({
      origin: 'internal',
      keys,
      entries: [progressEntry(name), collectionEntry(name)],
      run: (workspace) => {
        workspace.setEntry(progressEntry(name), JSON.stringify(done))
        // Rows of two kinds: whoever opens the store next, of whatever version, has to bring them to one.
        workspace.setEntry(collectionEntry(name), null)
        return keys.map((key) => {
          const state = workspace.get(key)
          if (state === null) return null
          const next = migrateRecord(
            state,
            spec.synced,
            prepareContext(deps, spec, state.sync.generation ?? 0),
          )
          // A new object, so that it is written although nothing but its index keys changed.
          workspace.set(key, next.state === null ? null : { ...next.state })
          return { id: key.id, next }
        })
      },
    })
    for (const one of migrated) if (one !== null) tell(deps.report, name, one.id, one.next)
    after = last.id
  }
  await store.submit({
    origin: 'internal',
    keys: [],
    entries: [progressEntry(name), collectionEntry(name)],
    run: (workspace) => {
      workspace.setEntry(progressEntry(name), null)
      workspace.setEntry(collectionEntry(name), JSON.stringify(wanted))
    },
  })
}

/** What transitions may use before there is an engine. */
export function prepareContext(
  deps: Pick<PrepareDeps, 'now' | 'nextOrder'>,
  spec: CollectionSpec,
  generation: number,
): TransitionContext {
  return {
    schema: spec.schema,
    migrate: (document, from) => spec.migrate(document, from),
    reconcile: (input) => spec.reconcile(input),
    fields: spec.fields,
    correct: (time, atLeast) => correctTime(time, 0, atLeast),
    stamp: stampTime,
    orderedVersions: true,
    recover: true,
    patch: true,
    now: deps.now(),
    nextOrder: () => deps.nextOrder(),
    generation,
  }
}

function tell(report: Report, collection: string, id: string, { events, failed }: Migrated): void {
  if (failed !== undefined) {
    const message = `${collection}/${id} could not be migrated and is kept as it was: ${reasonOf(failed)}. Mend the migration and raise the version.`
    const error = new SyncError('INVALID_DOCUMENT', message, { cause: failed, details: { collection, id } })
    report('error', { error, collection, id })
  }
  for (const event of events) {
    if (event.kind === 'recovered') report('recovered', { collection, id })
    if (event.kind !== 'conflict') continue
    const { kind: _kind, ...conflict } = event
    report('conflict', { collection, id, ...conflict })
  }
}

function isSame(a: Prepared, b: Prepared): boolean {
  return a.schema === b.schema && a.indexes.join('\n') === b.indexes.join('\n')
}
