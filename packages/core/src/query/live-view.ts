/**
 * A query result that is kept up to date from changes alone (Q8, Q9): what a commit costs depends on what changed and
 * not on what is stored. Pure state; the shell around it reads documents, listens to commits and calls listeners.
 *
 *   1. `const spec = view.beginLoad()`; from here on give every commit to `apply`
 *   2. `view.load(await get(spec))`; again from 1 while it says `needsRefill`
 *   3. `view.apply(changes)` for each commit; tell listeners where it says `changed`; where it says `needsRefill`,
 *      begin again at 1 (`current` stays what it was until then)
 *
 * With a limit only the first `offset + limit` rows and some slack are kept:
 *
 *      offset         limit            slack
 *   |---------|===================|~~~~~~~~~~~~~|  horizon  ? ? ?
 *              current                             rows behind it are unknown
 *
 * Removals eat the slack; when it is gone the view must be loaded again. What sorts behind the horizon is ignored,
 * since unknown rows may come before it. The horizon is null where there are no unknown rows.
 */
import { deepEqual } from '../shared/deep-equal.ts'
import { editSorted } from './edit-sorted.ts'
import { compileFilter } from './evaluate.ts'
import { compareDocuments } from './order.ts'
import type { Doc, QuerySpec } from './query-spec.ts'

/** What became of one document in a commit: its new state, undefined where it is gone or hidden. */
export interface DocumentChange {
  readonly id: string
  readonly after: Doc | undefined
  /** Not needed: the view knows what it shows. */
  readonly before?: unknown
}

export interface ViewUpdate {
  /** `current` is another array now. */
  readonly changed: boolean
  /** Rows are missing that only the store knows: load again. `current` is as it was. */
  readonly needsRefill: boolean
}

export interface LiveView {
  /**
   * The result; undefined before the first load. A new array exactly when it changed; never changed in place. Freeze
   * documents before they are given to the view, not this array: a frozen array is slower to copy.
   */
  readonly current: readonly Doc[] | undefined
  /** Begins a load and says what to get. Changes applied from now on are applied again to what is loaded. */
  beginLoad(): QuerySpec
  /**
   * Takes the documents of `beginLoad`'s spec, as they were then or later. Documents equal to those shown keep their
   * identity. Pass `complete` where more is known than that fewer came than were asked for.
   */
  load(documents: readonly Doc[], complete?: boolean): ViewUpdate
  /** Takes the changes of one commit, in the order of commits; of several for one id the last counts. */
  apply(changes: readonly DocumentChange[]): ViewUpdate
}

const UNCHANGED: ViewUpdate = { changed: false, needsRefill: false }

/**
 * The live view of a query.
 *
 * @param compare and
 * @param matches are what the spec says, unless the caller has them ready
 * @param slack how many rows are kept behind a window
 */
export function createLiveView(
  spec: QuerySpec,
  compare: (a: Doc, b: Doc) => number = compareDocuments(spec.orderBy),
  matches: (document: Doc) => boolean = compileFilter(spec.filter),
  slack: number = defaultSlack(spec),
): LiveView {
  const { offset, limit } = spec
  const end = limit === null ? Infinity : limit === 0 ? 0 : offset + limit
  const capacity = end === 0 ? 0 : end + slack
  let rows: readonly Doc[] = []
  let byId = new Map<string, Doc>()
  let horizon: Doc | null = null
  let current: readonly Doc[] | undefined
  let sinceLoad: DocumentChange[] | null = null
  let loaded = false

  /** Changes the rows; false where nothing of it concerns them. */
  const edit = (changes: readonly DocumentChange[]): boolean => {
    const removals: Doc[] = []
    const inserts: Doc[] = []
    for (const { id, after } of latestById(changes)) {
      const old = byId.get(id)
      const isIn = after !== undefined && matches(after) && (horizon === null || compare(after, horizon) <= 0)
      if (old === undefined ? !isIn : isIn && deepEqual(old, after)) continue
      if (old !== undefined) removals.push(old)
      if (isIn) {
        inserts.push(after)
        byId.set(id, after)
      } else byId.delete(id)
    }
    if (removals.length + inserts.length === 0) return false
    rows = editSorted(rows, removals, inserts, compare)
    trim()
    return true
  }

  /** What is dropped is unknown from then on. */
  const trim = (): void => {
    if (rows.length <= capacity) return
    for (const { id } of rows.slice(capacity)) byId.delete(id)
    rows = rows.slice(0, capacity)
    horizon = rows.at(-1) ?? null
  }

  const isShort = (): boolean => horizon !== null && rows.length < end

  /** Shows the rows, unless too few are known. */
  const show = (reloaded: boolean): ViewUpdate => {
    if (isShort()) return { changed: false, needsRefill: true }
    const isAll = offset === 0 && limit === null
    const next = isAll ? rows : rows.slice(offset, end)
    // Of a window that is all there is, every edit shows; looking through it again would cost what is stored.
    if (current !== undefined && (isAll && !reloaded ? current === next : sameRows(current, next)))
      return UNCHANGED
    current = next
    return { changed: true, needsRefill: false }
  }

  return {
    get current() {
      return current
    },
    beginLoad() {
      sinceLoad = []
      return { ...spec, offset: 0, limit: limit === null ? null : capacity }
    },
    load(documents, complete = documents.length < capacity || capacity === 0) {
      const known = byId
      byId = new Map()
      for (const document of capacity === 0 ? [] : documents) {
        const old = known.get(document.id)
        byId.set(document.id, old !== undefined && deepEqual(old, document) ? old : document)
      }
      rows = sorted([...byId.values()], compare)
      horizon = complete ? null : (rows.at(-1) ?? null)
      trim()
      const missed = sinceLoad ?? []
      sinceLoad = null
      loaded = true
      edit(missed)
      return show(true)
    },
    apply(changes) {
      if (sinceLoad !== null) for (const change of changes) sinceLoad.push(change)
      if (!loaded || capacity === 0) return UNCHANGED
      return edit(changes) || isShort() ? show(false) : UNCHANGED
    },
  }
}

/** Enough for the usual removals between two loads, without reading much more than was asked for. */
function defaultSlack({ offset, limit }: QuerySpec): number {
  return limit === null ? 0 : Math.max(20, Math.min(200, offset + limit))
}

function latestById(changes: readonly DocumentChange[]): Iterable<DocumentChange> {
  return changes.length < 2 ? changes : new Map(changes.map((change) => [change.id, change])).values()
}

function sameRows(a: readonly Doc[], b: readonly Doc[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Sources give documents in order; what was read while it changed may not be. */
function sorted(documents: Doc[], compare: (a: Doc, b: Doc) => number): Doc[] {
  const isSorted = documents.every((document, i) => i === 0 || compare(documents[i - 1] as Doc, document) < 0)
  return isSorted ? documents : documents.sort(compare)
}
