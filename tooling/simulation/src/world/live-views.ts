/** The live queries of one process. Whenever one tells of a result, it is what the store holds at that moment (Q9). */
import { isDeepStrictEqual } from 'node:util'
import type { LiveQuery, SyncLayer } from '@synclayer/core'
import type { RecordRow } from '@synclayer/core/storage'
import { canonical } from '../oracle/canonical.ts'
import { allOf, WINDOW, windowOf } from '../oracle/naive-query.ts'
import { type CollectionName, type Collections, type Marked, SYNCED } from '../scenario/collections.ts'
import type { Life } from './mortal-storage.ts'

export interface LiveViewsDeps {
  readonly device: string
  readonly life: Life
  /** Another process may write between a commit and the moment at which it is told. */
  readonly shared: boolean
  /** What lies on the disk. */
  readonly rowsOf: (collection: CollectionName) => readonly RecordRow[]
  readonly broken: (rule: string) => void
  /** All documents of a collection were shown. */
  readonly onShown: (collection: CollectionName, documents: readonly Marked[]) => void
}

interface View {
  readonly name: string
  readonly live: LiveQuery<readonly Marked[]>
  /** What it ought to show now. */
  readonly wanted: () => readonly Marked[]
  /** What was told last. */
  told: readonly Marked[] | undefined
}

export class LiveViews {
  readonly #deps: LiveViewsDeps
  readonly #views: readonly View[]

  constructor(layer: SyncLayer<Collections>, deps: LiveViewsDeps) {
    this.#deps = deps
    const { rowsOf, onShown } = deps
    const all = SYNCED.map((name) => {
      const live = layer.collection(name).watch() as LiveQuery<readonly Marked[]>
      return this.#watch(
        name,
        live,
        () => allOf(rowsOf(name)),
        (documents) => onShown(name, documents),
      )
    })
    const { least, offset, limit } = WINDOW
    const query = layer.collection('items').where('n', '>=', least).orderBy('n', 'desc')
    const window = query.offset(offset).limit(limit).watch() as LiveQuery<readonly Marked[]>
    this.#views = [...all, this.#watch('a window of items', window, () => windowOf(rowsOf('items')))]
  }

  /** What it shows of a collection; undefined before it is loaded. */
  current(collection: CollectionName): readonly Marked[] | undefined {
    return this.#views.find(({ name }) => name === collection)!.live.current
  }

  /** All is at rest: everything shown is what the store holds, and was told. */
  check(): void {
    for (const view of this.#views) {
      const { current, error } = view.live
      if (current === undefined || error !== undefined) continue
      this.#compare(view, current)
      if (current !== view.told)
        this.#deps.broken(`Q8: ${this.#deps.device} did not tell of ${view.name} ${canonical(current)}`)
    }
  }

  #watch(
    name: string,
    live: View['live'],
    wanted: View['wanted'],
    onShown?: (documents: readonly Marked[]) => void,
  ): View {
    const { device, life, shared, broken } = this.#deps
    const view: View = { name, live, wanted, told: undefined }
    live.subscribe((documents) => {
      if (!life.alive) return
      if (view.told !== undefined && isDeepStrictEqual(view.told, documents))
        broken(`Q8: ${device} told of ${name} twice: ${canonical(documents)}`)
      view.told = documents
      if (!shared) this.#compare(view, documents)
      onShown?.(documents)
    })
    return view
  }

  #compare({ name, wanted }: View, documents: readonly Marked[]): void {
    const there = wanted()
    if (!isDeepStrictEqual(documents, there))
      this.#deps.broken(
        `Q9: ${this.#deps.device} shows ${name} ${canonical(documents)}, its store holds ${canonical(there)}`,
      )
  }
}
