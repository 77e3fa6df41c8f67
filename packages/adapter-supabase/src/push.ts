import { pushInParts } from '@synclayer/adapter-kit/http'
import { checkPushResponse, isSyncError, type PushRequest, type PushResponse } from '@synclayer/core/adapter'
import type { Api } from './api.ts'
import { resultWithoutMark, withMark } from './caller-mark.ts'
import { MAX_BATCH, MAX_REQUEST_BYTES } from './limits.ts'

/** A push, in as many requests as the limits ask for; each is one transaction. */
export async function push(api: Api, request: PushRequest, signal: AbortSignal): Promise<PushResponse> {
  try {
    return await pushOnce(api, request, signal)
  } catch (error) {
    // Somebody else has signed in: nothing was applied, and their mark is known now.
    if (isSyncError(error) && 'mark' in error.details) return pushOnce(api, request, signal)
    throw error
  }
}

async function pushOnce(api: Api, request: PushRequest, signal: AbortSignal): Promise<PushResponse> {
  const { mark } = api
  const { results, serverTime } = await pushInParts(request, {
    maxMutations: MAX_BATCH,
    maxBytes: MAX_REQUEST_BYTES,
    prepare: (checked) => withMark(checked, mark),
    send: (text) =>
      api.call('push', `{"request":${text}}`, (answer) => checkPushResponse(answer).response, signal),
  })
  return { results: results.map((result) => resultWithoutMark(result, mark)), serverTime }
}
