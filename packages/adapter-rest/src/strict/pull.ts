import {
  checkPullRequest,
  checkPullResponse,
  type PullRequest,
  type PullResponse,
} from '@synclayer/core/adapter'
import type { HttpClient } from '@synclayer/adapter-kit/http'
import { withoutTexts } from '../without-texts.ts'
import { ask, isTooLarge } from './endpoint.ts'

/** Reads the feed: fewer changes at a time where more would be too large. */
export async function pull(
  client: HttpClient,
  asked: PullRequest,
  signal: AbortSignal,
): Promise<PullResponse> {
  const request = checkPullRequest(asked)
  for (let { limit } = request; ; limit = Math.floor(limit / 2)) {
    const body = JSON.stringify({ ...request, limit })
    try {
      return await ask(client, { method: 'POST', path: '/sync/pull', body }, readPage, signal)
    } catch (error) {
      if (!isTooLarge(error) || limit <= 1) throw error
    }
  }
}

/** The page itself is checked here. Its changes, one by one, are by whoever stores them. */
function readPage(body: unknown): PullResponse {
  const { changes } = body as { readonly changes?: unknown }
  if (!Array.isArray(changes)) throw new TypeError('There are no changes in it')
  checkPullResponse({ ...(body as object), changes: [] })
  withoutTexts(changes)
  return body as PullResponse
}
