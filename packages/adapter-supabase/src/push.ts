import { pushInParts } from '@synclayer/adapter-kit/http'
import { checkPushResponse, type PushRequest, type PushResponse } from '@synclayer/core/adapter'
import type { Api } from './api.ts'
import { MAX_BATCH, MAX_REQUEST_BYTES } from './limits.ts'

/** A push, in as many requests as the limits ask for; each is one transaction. */
export function push(api: Api, request: PushRequest, signal: AbortSignal): Promise<PushResponse> {
  return pushInParts(request, {
    maxMutations: MAX_BATCH,
    maxBytes: MAX_REQUEST_BYTES,
    send: (text) =>
      api.call('push', `{"request":${text}}`, (answer) => checkPushResponse(answer).response, signal),
  })
}
