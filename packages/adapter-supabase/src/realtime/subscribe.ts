import type { SubscribeRequest, Subscription, SyncError, Wake } from '@synclayer/core/adapter'
import type { Api } from '../api.ts'
import { pull } from '../pull.ts'
import type { Channels } from './channels.ts'

/** Follows a scope, and looks once for what was written after the cursor and before the channel was joined. */
export async function subscribe(
  { api, channels }: { readonly api: Api; readonly channels: Channels },
  { scope, collections, cursor }: SubscribeRequest,
  wake: (wake: Wake) => void,
  lost: (error: SyncError) => void,
): Promise<Subscription> {
  const subscription = await channels.subscribe(scope, wake, lost)
  const looking = new AbortController()
  const look = async (): Promise<boolean> => {
    if (cursor === null) return true
    const { changes, hasMore } = await pull(api, { scope, collections, cursor, limit: 1 }, looking.signal)
    return changes.length > 0 || hasMore
  }
  // Where it fails, a pull of the client's will say why.
  void look()
    .catch(() => true)
    .then((isBehind) => {
      if (isBehind && !looking.signal.aborted) wake({ scope })
    })
  return {
    close() {
      looking.abort()
      return subscription.close()
    },
  }
}
