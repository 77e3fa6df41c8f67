import { type HttpClient, pushInParts } from '@synclayer/adapter-kit/http'
import { checkPushResponse, type PushRequest, type PushResponse } from '@synclayer/core/adapter'
import type { Hello } from '@synclayer/core/protocol'
import { ask } from './endpoint.ts'

/** A push, in as many requests as the server's limits ask for. */
export function push(
  { client, hello }: { readonly client: HttpClient; readonly hello: Hello },
  asked: PushRequest,
  signal: AbortSignal,
): Promise<PushResponse> {
  return pushInParts(asked, {
    maxMutations: hello.capabilities.maxBatch,
    maxBytes: hello.maxRequestBytes,
    send: async (body) => {
      const request = { method: 'POST', path: '/sync/push', body } as const
      return (await ask(client, request, checkPushResponse, signal)).response
    },
  })
}
