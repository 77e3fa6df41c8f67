/** One subscription to a feed: pages chained by their cursors, as a server sends them, and bare wake-ups where none fits. */
import type { SubscribeRequest, Wake } from '../../ports/adapter.ts'
import type { Cursor } from '../../protocol/identifiers.ts'
import type { PullResponse } from '../../protocol/messages.ts'

export interface FollowedFeed {
  /** A page from the cursor. Throws where that can no longer be served. */
  pull(cursor: Cursor): PullResponse
  /** The cursor of the head. */
  head(): Cursor
}

/** Answers what is to be called whenever the feed has moved. */
export function createFollower(
  { scope, cursor }: SubscribeRequest,
  feed: FollowedFeed,
  wake: (wake: Wake) => void,
): () => void {
  let place = cursor
  const nextPage = (): (PullResponse & { readonly from: Cursor }) | null => {
    if (place === null) return null
    try {
      const page = feed.pull(place)
      return page.hasMore ? null : { ...page, from: place }
    } catch {
      return null
    }
  }
  return () => {
    const page = nextPage()
    place = page?.cursor ?? feed.head()
    wake(page === null ? { scope } : { scope, page })
  }
}
