/** What the server does for a client, whichever way the request came. */
import type {
  FetchRequest,
  PullRequest,
  PullResponse,
  PushRequest,
  PushResponse,
  PushResult,
  RemoteRecord,
} from '@synclayer/core/adapter'
import { SyncError } from '@synclayer/core/adapter'
import type { Hello } from '@synclayer/core/protocol'
import { checkScope } from '../auth/check-scope.ts'
import type { Asker } from '../realtime-deps.ts'
import { callAdapter } from './adapter-call.ts'
import { helloOf } from './hello.ts'
import type { OperationsDeps } from './operations-deps.ts'
import { push } from './push.ts'

/** Each throws FORBIDDEN or SCOPE_REVOKED for a scope that is not the asker's, and the adapter's errors as they are. */
export interface Operations {
  hello(): Hello
  /**
   * A checked push; results of mutations that the check refused are `refused`. Ids in the answer are the asker's own.
   * It goes on where its client is gone: the same would only come again.
   */
  push(asker: Asker, request: PushRequest, refused: readonly PushResult[]): Promise<PushResponse>
  /** A checked pull. Ids of mutations in the answer are as the adapter has them. */
  pull(asker: Asker, request: PullRequest, gone: AbortSignal): Promise<PullResponse>
  /** A checked fetch. Ids of mutations in the answer are as the adapter has them. */
  fetch(asker: Asker, request: FetchRequest, gone: AbortSignal): Promise<readonly RemoteRecord[]>
}

export function createOperations(deps: OperationsDeps): Operations {
  const { adapter, collections, limits } = deps
  const checkCollection = (name: string): void => {
    if (collections?.includes(name) !== false) return
    throw new SyncError('UNKNOWN_COLLECTION', `The server has no collection ${name}`, {
      details: { collection: name },
    })
  }
  return {
    hello: () => helloOf(deps),
    async push(asker, request, refused) {
      checkScope(asker.principal, request.scope)
      return push(deps, asker, request, refused)
    },
    async pull({ principal }, request, gone) {
      checkScope(principal, request.scope)
      for (const { name } of request.collections) checkCollection(name)
      const limit = Math.min(request.limit, limits.pageChanges)
      return callAdapter(deps, (signal) => adapter.pull({ ...request, limit }, signal), gone)
    },
    async fetch({ principal }, request, gone) {
      checkScope(principal, request.scope)
      checkCollection(request.collection)
      return callAdapter(deps, (signal) => adapter.fetch(request, signal), gone)
    },
  }
}
