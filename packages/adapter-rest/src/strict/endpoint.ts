/** One endpoint of the protocol: what is asked, and what is answered where all is well. */
import { SyncError } from '@synclayer/core/adapter'
import { PROTOCOL_VERSION } from '@synclayer/core/protocol'
import type { HttpClient, HttpRequest } from '@synclayer/adapter-kit/http'
import { brokenAnswer, errorOf } from '../http/map-error.ts'

const HEADERS = { 'Synclayer-Protocol': String(PROTOCOL_VERSION) }

/**
 * The answer of status 200, as `read` takes it; what it throws is a broken answer. Any other answer is thrown as the
 * error it stands for.
 */
export async function ask<Result>(
  client: HttpClient,
  request: Omit<HttpRequest, 'headers'>,
  read: (body: unknown) => Result,
  signal: AbortSignal,
): Promise<Result> {
  const answer = await client.request({ ...request, headers: HEADERS }, signal)
  if (answer.status !== 200) throw errorOf(answer)
  try {
    if (answer.body === undefined) throw new SyntaxError('The body is not JSON')
    return read(answer.body)
  } catch (error) {
    throw brokenAnswer(answer.asked, error)
  }
}

/** The answer was larger than any that is taken: less at a time is to be asked for. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof SyncError && error.details['tooLarge'] === true
}
