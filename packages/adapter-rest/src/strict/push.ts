/** A push, in as many requests as the server's limits ask for; groups are never split. */
import {
  checkPushRequest,
  checkPushResponse,
  type PushRequest,
  type PushResponse,
  type PushResult,
  type SyncError,
  toSyncError,
  utf8ByteLength,
} from '@synclayer/core/adapter'
import type { Hello } from '@synclayer/core/protocol'
import type { HttpClient } from '../http/http-client.ts'
import { ask } from './endpoint.ts'
import { idsOf, partsOf, type PushUnit, textOf, tooLargeResults, unitsOf } from './push-units.ts'

interface PushDeps {
  readonly client: HttpClient
  readonly hello: Hello
}

/** Rejects only where nothing is known of any mutation; where a later request fails, its mutations are to be sent again. */
export async function push(deps: PushDeps, asked: PushRequest, signal: AbortSignal): Promise<PushResponse> {
  // JSON would make something else of what is no document.
  const { request, refused } = checkPushRequest(asked)
  const { mutations, ...rest } = request
  const head = JSON.stringify(rest).slice(0, -1)
  const envelope = (texts: string): string => `${head},"mutations":[${texts}]}`
  const limits = {
    mutations: deps.hello.capabilities.maxBatch,
    bytes: deps.hello.maxRequestBytes - utf8ByteLength(envelope('')),
  }
  const { parts, unfit } = partsOf(unitsOf(mutations), limits)
  const results: PushResult[] = [...refused, ...unfit.flatMap((unit) => tooLargeResults(unit, limits.bytes))]
  let serverTime: number | null = null
  let isAnswered = false

  /** Halves what the server finds too large. */
  const send = async (part: readonly PushUnit[]): Promise<void> => {
    const body = envelope(textOf(part))
    try {
      const { response } = await ask(
        deps.client,
        { method: 'POST', path: '/sync/push', body },
        checkPushResponse,
        signal,
      )
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
