/**
 * Where one subscription is. The server sends pages for as long as they are small and follow on each other; where it has
 * lost the place, it only wakes, until the client subscribes again from where a pull of its own has led. Pure.
 */
import type { Cursor, Wake } from '@synclayer/core/adapter'
import type { SubscriptionMessage } from './socket-link.ts'

export interface FollowedScope {
  /** Where the next page begins; null where none can. */
  readonly expected: Cursor | null
  /** The server knows no place, and sends no more pages. */
  readonly isLost: boolean
  /** Subscribes under way: what is said before they are answered is of an earlier place. */
  readonly unanswered: number
}

/** As it is when it was first asked for. */
export function followFrom(cursor: Cursor | null): FollowedScope {
  return { expected: cursor, isLost: false, unanswered: 1 }
}

/** After a message, and what the client is to be told. */
export function toldOf(
  state: FollowedScope,
  message: Exclude<SubscriptionMessage, { readonly type: 'error' }>,
): { readonly state: FollowedScope; readonly wake?: Omit<Wake, 'scope'> } {
  switch (message.type) {
    case 'subscribed':
      return { state: { ...state, unanswered: Math.max(0, state.unanswered - 1) } }
    case 'wake':
      return { state: withPlace(state, null), wake: {} }
    case 'page': {
      const { page, unreadable } = message
      const isChained = page.from === state.expected && !page.hasMore
      const next = withPlace(state, isChained ? page.cursor : null)
      // What cannot be read is asked for, so that it is set aside in one place.
      return { state: next, wake: unreadable.length > 0 || page.hasMore ? {} : { page } }
    }
  }
}

/** After a pull that came to its end at a cursor: with `isLost` the server is to be told. */
export function pulledTo(state: FollowedScope, cursor: Cursor): FollowedScope | null {
  return state.isLost && state.unanswered === 0 ? followFrom(cursor) : null
}

function withPlace(state: FollowedScope, expected: Cursor | null): FollowedScope {
  if (state.unanswered > 0) return state
  return { ...state, expected, isLost: expected === null }
}
