/** The adapter that speaks the protocol of docs/reference/protocol.md. */
import {
  type AdapterCapabilities,
  type AdapterContext,
  type BackendAdapter,
  SyncError,
} from '@synclayer/core/adapter'
import type { Hello } from '@synclayer/core/protocol'
import { closed, createHttpClient, type HttpClient } from '@synclayer/adapter-kit/http'
import type { CheckedOptions } from '../options.ts'
import { createRealtime, type Realtime } from '../socket/realtime.ts'
import { warnOfPlainHttp } from '../warn-of-plain-http.ts'
import { fetchRecords } from './fetch.ts'
import { sayHello, USUAL_HELLO } from './hello.ts'
import { pull } from './pull.ts'
import { push } from './push.ts'

interface Opened {
  readonly client: HttpClient
  readonly hello: Hello
  readonly realtime: Realtime
}

export function createStrictAdapter(options: CheckedOptions): BackendAdapter {
  let known = USUAL_HELLO
  let state: { readonly client: HttpClient; readonly opening: Promise<Opened> } | undefined
  const opened = (): Promise<Opened> => state?.opening ?? Promise.reject(closed())

  const begin = (context: AdapterContext): NonNullable<typeof state> => {
    warnOfPlainHttp(options, context.logger)
    const client = createHttpClient({ options, clock: context.clock, traffic: context.traffic })
    const opening = sayHello(client).then((hello): Opened => {
      known = hello
      const realtime = createRealtime({ options, tokens: client.tokens, traffic: context.traffic })
      return { client, hello, realtime }
    })
    return { client, opening }
  }
  const subscribe: NonNullable<BackendAdapter['subscribe']> = async (request, wake, lost) => {
    const { hello, realtime } = await opened()
    if (hello.capabilities.realtime) return realtime.subscribe(request, wake, lost)
    throw new SyncError('NOT_SUPPORTED', 'The server tells of no changes; they are found by polling.')
  }

  return {
    name: 'rest',
    get capabilities(): AdapterCapabilities {
      return { ...known.capabilities, realtime: options.realtime }
    },
    async open(context) {
      const own = (state ??= begin(context))
      try {
        await own.opening
      } catch (error) {
        if (state === own) state = undefined
        throw error
      }
    },
    push: async (request, signal) => push(await opened(), request, signal),
    async pull(request, signal) {
      const { client, realtime } = await opened()
      const page = await pull(client, request, signal)
      if (!page.hasMore) realtime.pulled(request.scope, page.cursor)
      return page
    },
    fetch: async (request, signal) => fetchRecords(await opened(), request, signal),
    ...(options.realtime ? { subscribe } : {}),
    async close() {
      const closing = state
      state = undefined
      if (closing === undefined) return
      closing.client.close()
      const done = await closing.opening.catch(() => null)
      done?.realtime.close()
    },
  }
}
