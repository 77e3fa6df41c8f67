import type { Cursor, SyncError } from '@synclayer/core/adapter'
import type { FeedPage } from './page.ts'

/** What a scope's feed needs to know of one subscription of one socket. */
export interface Follower {
  /** Whether a page could be sent now. Where it could not, the feed is told to `resume` once it can. */
  hasRoom(): boolean
  /** From here on changes are told. */
  subscribed(): void
  page(from: Cursor, page: FeedPage): void
  /** There is more to tell than a page says. False where that cannot be said now; `resume` follows here too. */
  wake(): boolean
  /** It has ended. */
  failed(error: SyncError): void
}
