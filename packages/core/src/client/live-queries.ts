/** All live queries of a client, and what each commit means to them: a document is parsed once, for all, if at all. */
import type { LiveQuery } from '../query/live-query.ts'
import { createLiveView, type DocumentChange } from '../query/live-view.ts'
import type { Doc, QuerySpec } from '../query/query-spec.ts'
import { deepEqual } from '../shared/deep-equal.ts'
import { deepFreeze } from '../shared/deep-freeze.ts'
import { slotName } from '../store/workspace.ts'
import type { CollectionContext, LiveQueries } from './client-context.ts'
import { createLiveQuery, type DrivenLiveQuery, type LiveSource } from './live-query.ts'
import { documentOf, keyOf, loadQuery } from './read-documents.ts'

/** `isComplete` says whether the first sync of a collection is done. */
export function createLiveQueries(isComplete: (collection: string) => boolean): LiveQueries {
  const queriesByCollection = new Map<string, Set<DrivenLiveQuery>>()
  const watchersByRecord = new Map<string, Set<DrivenLiveQuery>>()
  const watchedByCollection = new Map<string, number>()

  const start = <Result>(
    context: CollectionContext,
    source: LiveSource<Result>,
    registry: Map<string, Set<DrivenLiveQuery>>,
    name: string,
  ): LiveQuery<Result> => {
    const { client, spec } = context
    const collection = spec.name
    const { live, driven } = createLiveQuery(source, {
      exclusive: (task) => client.store.exclusive(task),
      isComplete: () => isComplete(collection),
      guard: (what, call) => client.hub.guard(what, call),
      onError: (error) => client.hub.report('error', { error, collection }),
      onClose: () => {
        const members = registry.get(name)
        members?.delete(driven)
        if (members?.size === 0) registry.delete(name)
        watchedByCollection.set(collection, (watchedByCollection.get(collection) ?? 1) - 1)
      },
    })
    registry.set(name, (registry.get(name) ?? new Set()).add(driven))
    watchedByCollection.set(collection, (watchedByCollection.get(collection) ?? 0) + 1)
    return live
  }

  const everyone = (): readonly DrivenLiveQuery[] =>
    [...queriesByCollection.values(), ...watchersByRecord.values()].flatMap((members) => [...members])

  return {
    watchQuery: (context, spec) =>
      start(context, querySource(context, spec), queriesByCollection, context.spec.name),
    watchDocument: (context, id) =>
      start(context, documentSource(context, id), watchersByRecord, slotName(keyOf(context, id))),
    committed({ changes }) {
      if (queriesByCollection.size + watchersByRecord.size === 0) return
      const byCollection = new Map<string, DocumentChange[]>()
      for (const { key, before, after } of changes) {
        if (!((watchedByCollection.get(key.collection) ?? 0) > 0)) continue
        const text = after?.document ?? null
        if (text === (before?.document ?? null)) continue
        const queries = queriesByCollection.get(key.collection)
        const watchers = watchersByRecord.get(slotName(key))
        if (queries === undefined && watchers === undefined) continue
        const change = { id: key.id, after: text === null ? undefined : deepFreeze(JSON.parse(text) as Doc) }
        if (watchers !== undefined) for (const watcher of watchers) watcher.apply([change])
        if (queries === undefined) continue
        const list = byCollection.get(key.collection)
        if (list === undefined) byCollection.set(key.collection, [change])
        else list.push(change)
      }
      for (const [collection, list] of byCollection) {
        for (const query of queriesByCollection.get(collection) ?? []) query.apply(list)
      }
    },
    changedElsewhere(keys) {
      if (keys === undefined) {
        for (const driven of everyone()) driven.reload()
        return
      }
      for (const collection of new Set(keys.map((key) => key.collection))) {
        for (const query of queriesByCollection.get(collection) ?? []) query.reload()
      }
      for (const key of keys)
        for (const watcher of watchersByRecord.get(slotName(key)) ?? []) watcher.reload()
    },
    completeChanged() {
      for (const driven of everyone()) driven.completeChanged()
    },
    close() {
      for (const driven of everyone()) driven.close()
    },
  }
}

/**
 * Results up to this length are frozen, so that changing one fails at once. Freezing a longer one, and copying it with the
 * next change, would cost more than all else; its documents are frozen all the same.
 */
const MOST_FROZEN = 1_000

function querySource(context: CollectionContext, spec: QuerySpec): LiveSource<readonly Doc[]> {
  const view = createLiveView(spec)
  const frozen = (): void => {
    const { current } = view
    if (current !== undefined && current.length <= MOST_FROZEN) Object.freeze(current)
  }
  return {
    get current() {
      return view.current ?? []
    },
    apply(changes) {
      const update = view.apply(changes)
      if (update.changed) frozen()
      return update
    },
    async load() {
      const documents = await loadQuery(context, view.beginLoad())
      for (const document of documents) deepFreeze(document)
      const update = view.load(documents)
      frozen()
      return update
    },
  }
}

function documentSource(context: CollectionContext, id: string): LiveSource<Doc | undefined> {
  let current: Doc | undefined
  let loaded = false
  const show = (next: Doc | undefined): boolean => {
    if (loaded && deepEqual(current, next)) return false
    current = next
    return true
  }
  return {
    get current() {
      return current
    },
    apply: (changes) => ({ changed: loaded && show(changes.at(-1)?.after), needsRefill: false }),
    async load() {
      const [row] = await context.client.storage.read([keyOf(context, id)])
      const document = documentOf(context, row)
      const changed = show(document === undefined ? undefined : deepFreeze(document))
      loaded = true
      return { changed, needsRefill: false }
    },
  }
}
