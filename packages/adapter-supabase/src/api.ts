/** The functions of the project that clients call, by its REST endpoint. */
import { createHttpClient, type HttpClient } from '@synclayer/adapter-kit/http'
import { type AdapterContext, isErrorCode, SyncError } from '@synclayer/core/adapter'
import { brokenAnswer, errorOf } from './map-error.ts'
import type { SupabaseLike } from './supabase-like.ts'

export interface Api {
  /**
   * Calls `synclayer_<name>` with the text of its request, and reads its answer; what `read` throws is a broken answer.
   * Rejects with the error that the function, PostgREST or whoever stands before it has answered.
   */
  call<Result>(
    name: string,
    request: string,
    read: (answer: Readonly<Record<string, unknown>>) => Result,
    signal: AbortSignal,
  ): Promise<Result>
  /** What the client ids of the caller end with, as the database has said last. */
  readonly mark: string
  close(): void
}

export function createApi(client: SupabaseLike, schema: string, context: AdapterContext): Api {
  const { url, headers, fetch } = client.schema(schema)
  const http: HttpClient = createHttpClient({
    options: { url, headers, fetch, compress: false, auth: ({ refused }) => tokenOf(client, refused) },
    clock: context.clock,
    traffic: context.traffic,
  })
  let mark = ''
  const note = ({ mark: told }: Readonly<Record<string, unknown>>): void => {
    if (typeof told === 'string') mark = told
  }
  return {
    get mark() {
      return mark
    },
    async call(name, request, read, signal) {
      const answer = await http.request(
        {
          method: 'POST',
          path: `/rpc/synclayer_${name}`,
          body: request,
          headers: { 'Content-Profile': schema },
        },
        signal,
      )
      if (answer.status !== 200) throw errorOf(answer)
      let failure: SyncError | undefined
      try {
        const body = answer.body as Readonly<Record<string, unknown>>
        failure = 'error' in body ? readFailure(body['error']) : undefined
        note(failure?.details ?? body)
        if (failure === undefined) return read(body)
      } catch (error) {
        throw brokenAnswer(answer.asked, error)
      }
      throw failure
    },
    close: () => http.close(),
  }
}

/** The token of who is signed in; the key where nobody is. A refused one is renewed where the client can do it. */
async function tokenOf(client: SupabaseLike, refused: string | undefined): Promise<string | null> {
  if (refused !== undefined) {
    try {
      await client.auth.refreshSession()
    } catch {
      // A client with tokens of somebody else's has no session; whoever gives them is asked again.
    }
  }
  return (await client.realtime.accessToken?.()) ?? null
}

function readFailure(error: unknown): SyncError {
  const { code, message, details } = error as { code: unknown; message: unknown; details?: object }
  if (!isErrorCode(code)) throw new TypeError('The error has no code')
  return new SyncError(code, `The database: ${String(message)}`, { details: { ...details } })
}
