/** Follows the feed through a filter, in tiny pages, by nothing but the contract: what it holds must be filter(backend). */
import {
  isSyncError,
  type BackendAdapter,
  type Change,
  type Cursor,
  type RemoteRecord,
} from '@synclayer/core/adapter'
import type { Marked } from '../scenario/collections.ts'
import type { ObserverSetup } from '../scenario/scenario.ts'
import { canonical } from './canonical.ts'

export class Observer {
  readonly #setup: ObserverSetup
  readonly #adapter: BackendAdapter
  readonly #view = new Map<string, Marked>()
  #cursor: Cursor | null = null

  constructor(setup: ObserverSetup, adapter: BackendAdapter) {
    this.#setup = setup
    this.#adapter = adapter
  }

  /** Reads one page. Gives whether there is more. */
  async page(): Promise<boolean> {
    const { collection, least, page } = this.#setup
    const filter = least === null ? {} : { filter: { op: '>=', path: ['n'], value: least } as const }
    try {
      const answer = await this.#adapter.pull(
        { scope: 'one', collections: [{ name: collection, ...filter }], cursor: this.#cursor, limit: page },
        new AbortController().signal,
      )
      for (const change of answer.changes) this.#take(change)
      this.#cursor = answer.cursor
      return answer.hasMore
    } catch (error) {
      if (!isSyncError(error, 'CURSOR_EXPIRED') && !isSyncError(error, 'EPOCH_CHANGED')) throw error
      this.#cursor = null
      this.#view.clear()
      return true
    }
  }

  /** How the view differs from the backend; null where it does not. */
  difference(records: readonly RemoteRecord[]): string | null {
    const wanted = records
      .filter(({ collection, deleted }) => collection === this.#setup.collection && !deleted)
      .map(({ data }) => data as unknown as Marked)
      .filter(({ n = 0 }) => this.#setup.least === null || n >= this.#setup.least)
    const [here, there] = [sorted([...this.#view.values()]), sorted(wanted)]
    return here === there ? null : `it has ${here}, the backend ${there}`
  }

  #take(change: Change): void {
    if (change.kind === 'put') this.#view.set(change.id, change.data as unknown as Marked)
    else this.#view.delete(change.id)
  }
}

function sorted(documents: readonly Marked[]): string {
  return canonical([...documents].sort((a, b) => (a.id < b.id ? -1 : 1)))
}
