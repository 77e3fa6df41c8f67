/** What whoever runs the project may ask for: with the secret key, or as `synclayer.authorize` says. */
import { type PurgeReport, type PurgeRequest, SyncError } from '@synclayer/core/adapter'
import type { Api } from './api.ts'

const SIGNAL = new AbortController().signal

/** Forgets old tombstones and results, a part at a time: each raises the floor first. */
export async function purge(api: Api, { scope, before }: PurgeRequest): Promise<PurgeReport> {
  if (!Number.isFinite(before)) throw new SyncError('PROTOCOL', "The request's `before` is not a time")
  const request = JSON.stringify({ request: { scope, before } })
  let total: PurgeReport = { tombstones: 0, results: 0 }
  for (;;) {
    const { tombstones, results, hasMore } = await api.call('purge', request, readPurged, SIGNAL)
    total = { tombstones: total.tombstones + tombstones, results: total.results + results }
    if (!hasMore) return total
  }
}

/** Every scope that was written to, in the order of first writes. */
export async function* listScopes(api: Api): AsyncGenerator<string> {
  for (let after = 0; ;) {
    const scopes = await api.call('scopes', JSON.stringify({ request: { after } }), readScopes, SIGNAL)
    for (const [, scope] of scopes) yield scope
    const last = scopes.at(-1)
    if (last === undefined) return
    after = last[0]
  }
}

function readPurged(answer: Readonly<Record<string, unknown>>): PurgeReport & { readonly hasMore: boolean } {
  const { tombstones, results, hasMore } = answer
  if (typeof tombstones !== 'number' || typeof results !== 'number' || typeof hasMore !== 'boolean')
    throw new TypeError('It is no report')
  return { tombstones, results, hasMore }
}

function readScopes({ scopes }: Readonly<Record<string, unknown>>): readonly (readonly [number, string])[] {
  if (!Array.isArray(scopes)) throw new TypeError('It is no list')
  return scopes as readonly (readonly [number, string])[]
}
