import {
  type BackendAdapter,
  type Mutation,
  type PushRequest,
  type PushResponse,
  type PushResult,
  type RemoteRecord,
  SyncError,
  utf8ByteLength,
} from '@synclayer/core/adapter'
import { createModelBackend } from '@synclayer/core/testing'
import { describe, test } from 'vitest'
import { adapterConformance } from './adapter-conformance.ts'

// The suite on an adapter that denies all it may deny: the documented refusals are tested, and nothing else is asked of it.
adapterConformance({
  describe,
  test,
  concurrent: { ms: 1_000 },
  create: async () => {
    const backend = createModelBackend({ now: () => Date.now() })
    return { adapter: denying(backend.adapter()), close: async () => {} }
  },
})

const MAX_RECORD_BYTES = 100_000

/** Neither patches nor groups, results nor wake-ups, purges nor versions that sort; and not always an answer. */
function denying({ subscribe: _subscribe, purge: _purge, ...whole }: BackendAdapter): BackendAdapter {
  let pushes = 0
  return {
    ...whole,
    name: 'denying',
    capabilities: {
      ...whole.capabilities,
      orderedVersions: false,
      patch: false,
      groups: false,
      realtime: false,
      memory: 'record',
      maxBatch: 10,
      maxRecordBytes: MAX_RECORD_BYTES,
    },
    async push(request, signal) {
      if (request.fields !== undefined) throw notSupported()
      pushes += 1
      // Now and then it is in its own way, and says so.
      if (pushes % 9 === 0 && !signal.aborted) return busy(request)
      const refused = new Map(request.mutations.flatMap((mutation) => refusalOf(mutation)))
      const mutations = request.mutations
        .filter((mutation) => !refused.has(mutation))
        .map((mutation) => ({ ...mutation, base: mutation.base && turned(mutation.base) }))
      // With everything settled at once, no result is remembered.
      const settled = Number.MAX_SAFE_INTEGER
      const answer = await whole.push({ ...request, settled, mutations }, signal)
      return { ...answer, results: [...answer.results.map(turnedResult), ...refused.values()] }
    },
    async pull(request, signal) {
      if (request.collections.some(({ fields }) => fields !== undefined)) throw notSupported()
      const page = await whole.pull(request, signal)
      const changes = page.changes.map((change) => ({ ...change, version: turned(change.version) }))
      return { ...page, changes }
    },
    async fetch(request, signal) {
      if (request.fields !== undefined) throw notSupported()
      return (await whole.fetch(request, signal)).map(turnedRecord)
    },
  }
}

/** Nothing is applied, and all is to be sent again. */
function busy({ mutations }: PushRequest): PushResponse {
  const results = mutations.map(({ id }) => ({ id, status: 'retry', code: 'BACKEND_FAILED' }) as const)
  return { results, serverTime: Date.now() }
}

function refusalOf(mutation: Mutation): readonly (readonly [Mutation, PushResult])[] {
  const { id, kind, group, data } = mutation
  const refuse = (code: 'NOT_SUPPORTED' | 'RECORD_TOO_LARGE'): readonly [Mutation, PushResult] => [
    mutation,
    { id, status: 'rejected', code, reason: 'It is denied.' },
  ]
  if (kind === 'patch' || group !== undefined) return [refuse('NOT_SUPPORTED')]
  const isLarge = data !== undefined && utf8ByteLength(JSON.stringify(data)) > MAX_RECORD_BYTES
  return isLarge ? [refuse('RECORD_TOO_LARGE')] : []
}

/** Versions read from the right: as unique as before, and no longer in order. */
function turned(version: string): string {
  return version.split('').toReversed().join('')
}

function turnedRecord(record: RemoteRecord): RemoteRecord {
  return { ...record, version: turned(record.version) }
}

function turnedResult(result: PushResult): PushResult {
  if (result.status === 'accepted') return { ...result, version: turned(result.version) }
  if (result.status !== 'conflict') return result
  return { ...result, current: result.current && turnedRecord(result.current) }
}

function notSupported(): SyncError {
  return new SyncError('NOT_SUPPORTED', 'It is denied.')
}
