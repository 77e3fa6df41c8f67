/** A push, in as many requests as the server's limits ask for; groups are never split. */
import {
  checkPushRequest,
  type PushRequest,
  type PushResponse,
  type PushResult,
  type SyncError,
  toSyncError,
  utf8ByteLength,
} from '@synclayer/core/adapter'
import { idsOf, partsOf, type PushUnit, textOf, tooLargeResults, unitsOf } from './push-parts.ts'

/** How a request is sent, and what it may hold. */
export interface PartSender {
  readonly maxMutations: number
  /** For the text of a whole request, in UTF-8. */
  readonly maxBytes: number
  /** Changes what is sent, once it is checked, such as the ids it goes under; results come back under those. */
  readonly prepare?: (request: PushRequest) => PushRequest
  /**
   * Sends the text of a push request, and gives its checked answer. RECORD_TOO_LARGE says that the request was larger than
   * what is taken: it is halved.
   */
  readonly send: (request: string) => Promise<PushResponse>
}

/** Rejects only where nothing is known of any mutation; where a later request fails, its mutations are to be sent again. */
export async function pushInParts(asked: PushRequest, sender: PartSender): Promise<PushResponse> {
  // JSON would make something else of what is no document.
  const { request, refused } = checkPushRequest(asked)
  const { mutations, ...rest } = sender.prepare?.(request) ?? request
  const head = JSON.stringify(rest).slice(0, -1)
  const envelope = (texts: string): string => `${head},"mutations":[${texts}]}`
  const limits = {
    mutations: sender.maxMutations,
    bytes: sender.maxBytes - utf8ByteLength(envelope('')),
  }
  const { parts, unfit } = partsOf(unitsOf(mutations), limits)
  const results: PushResult[] = [...refused, ...unfit.flatMap((unit) => tooLargeResults(unit, limits.bytes))]
  let serverTime: number | null = null
  let isAnswered = false

  /** Halves what the server finds too large. */
  const send = async (part: readonly PushUnit[]): Promise<void> => {
    try {
      const response = await sender.send(envelope(textOf(part)))
      const ids = new Set(idsOf(part))
      results.push(...response.results.filter(({ id }) => ids.has(id)))
      serverTime = response.serverTime
    } catch (error) {
      const failure = toSyncError(error, 'BACKEND_FAILED', 'The push failed')
      if (failure.code !== 'RECORD_TOO_LARGE') throw failure
      if (part.length > 1) {
        const middle = Math.ceil(part.length / 2)
        await send(part.slice(0, middle))
        await send(part.slice(middle))
        return
      }
      results.push(...part.flatMap((unit) => tooLargeResults(unit, limits.bytes)))
    }
    isAnswered = true
  }

  // An empty push asks for nothing but the time.
  const queue = parts.length === 0 && results.length === 0 ? [[]] : parts
  for (const part of queue) {
    try {
      await send(part)
    } catch (error) {
      if (!isAnswered) throw error
      const answered = new Set(results.map(({ id }) => id))
      const open = mutations.filter(({ id }) => !answered.has(id))
      results.push(...open.map(({ id }) => toBeSentAgain(id, error as SyncError)))
      break
    }
  }
  return { results, serverTime }
}

function toBeSentAgain(id: string, { code, details }: SyncError): PushResult {
  const { retryAfterMs } = details
  return { id, status: 'retry', code, ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}) }
}
