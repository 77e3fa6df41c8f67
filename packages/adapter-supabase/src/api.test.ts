/** Requests and tokens, with a client that a test scripts. */
import { createClient } from '@supabase/supabase-js'
import { describe, expect, test } from 'vitest'
import { createApi } from './api.ts'
import type { SupabaseLike } from './supabase-like.ts'
import { createContext } from './testing/context.ts'

const SIGNAL = new AbortController().signal
const KEY = 'the-key'

interface Scripted {
  readonly client: SupabaseLike
  /** The tokens that came, in their order. */
  readonly seen: string[]
  readonly refreshes: () => number
}

/** A session that goes from token to token as it is refreshed; only the last is taken. Null: nobody is signed in. */
function script(tokens: readonly string[] | null): Scripted {
  const seen: string[] = []
  let at = 0
  const current = (): string => tokens?.[at] ?? KEY
  const fetch: typeof globalThis.fetch = async (_, init) => {
    const token = new Headers(init?.headers).get('authorization')?.replace('Bearer ', '') ?? ''
    seen.push(token)
    const isTaken = tokens !== null && token === tokens.at(-1)
    return Response.json(isTaken ? { fine: true } : { code: 'PGRST301', message: 'JWT expired' }, {
      status: isTaken ? 200 : 401,
    })
  }
  let refreshes = 0
  const client = {
    schema: (name: string) => ({
      url: 'https://x.supabase.co/rest/v1',
      headers: new Headers({ 'X-Schema': name }),
      fetch,
    }),
    realtime: { accessToken: async () => current() },
    auth: {
      async refreshSession() {
        refreshes += 1
        if (tokens !== null && at < tokens.length - 1) at += 1
      },
    },
  }
  return { client: client as unknown as SupabaseLike, seen, refreshes: () => refreshes }
}

const call = ({ client }: Scripted): Promise<unknown> =>
  createApi(client, 'public', createContext()).call('push', '{}', (answer) => answer['fine'], SIGNAL)

describe('a session', () => {
  test('whose token is good goes with the request', async () => {
    const scripted = script(['good'])
    expect(await call(scripted)).toBe(true)
    expect([scripted.seen, scripted.refreshes()]).toEqual([['good'], 0])
  })

  test('whose token is refused is refreshed once, and the request goes again', async () => {
    const scripted = script(['old', 'good'])
    expect(await call(scripted)).toBe(true)
    expect([scripted.seen, scripted.refreshes()]).toEqual([['old', 'good'], 1])
  })

  test('is refreshed once for all who were refused at the same time', async () => {
    const scripted = script(['old', 'good'])
    const api = createApi(scripted.client, 'public', createContext())
    const calls = [1, 2, 3].map(() => api.call('push', '{}', (answer) => answer['fine'], SIGNAL))
    expect(await Promise.all(calls)).toEqual([true, true, true])
    expect(scripted.refreshes()).toBe(1)
  })

  test('that there is none of is UNAUTHENTICATED', async () => {
    const scripted = script(null)
    await expect(call(scripted)).rejects.toMatchObject({ code: 'UNAUTHENTICATED', retryable: true })
    expect(scripted.seen).toEqual([KEY])
  })

  test('of somebody else’s, which the client cannot refresh, is asked for again', async () => {
    const tokens = ['old', 'good']
    const asked = script(['good'])
    const client: SupabaseLike = {
      ...asked.client,
      realtime: { ...asked.client.realtime, accessToken: async () => tokens.shift() ?? 'good' },
      get auth(): never {
        throw new Error('accessing supabase.auth is not possible')
      },
    }
    expect(await call({ ...asked, client })).toBe(true)
    expect(asked.seen).toEqual(['old', 'good'])
  })
})

test('a client whose database has types is taken as it is', () => {
  interface Database {
    public: { Tables: Record<never, never>; Views: Record<never, never>; Functions: Record<never, never> }
  }
  const realtime = { transport: class {} as never }
  const client: SupabaseLike = createClient<Database>('https://x.supabase.co', KEY, { realtime })
  expect(client.schema('public').url).toBe('https://x.supabase.co/rest/v1')
})
