/** Writes that are lost, done twice, done by halves, or answered wrongly (A2, A3, A8, A10). */
import type { BackendAdapter, Mutation, PushRequest, PushResult } from '@synclayer/core/adapter'
import { isSyncError, SyncError } from '@synclayer/core/adapter'
import { neverAborted } from '../test-client.ts'
import {
  ALL_SETTLED,
  answering,
  answeringEach,
  type Break,
  currentOf,
  type Mutants,
  sending,
  sendingEach,
  stall,
} from './mutant.ts'

/** Takes whatever is stored for the base. */
async function onCurrent(
  mutation: Mutation,
  { scope }: PushRequest,
  whole: BackendAdapter,
): Promise<Mutation> {
  const current = await currentOf(whole, scope, mutation)
  return { ...mutation, base: current?.version ?? null }
}

/** Compares first and sets a moment later. */
const comparesThenSets: Break = sendingEach(async (mutation, request, whole) => {
  const current = await currentOf(whole, request.scope, mutation)
  if ((current?.version ?? null) !== mutation.base) return mutation
  await stall(1)
  return onCurrent(mutation, request, whole)
})

/** Versions count from 1 again after a delete. */
const countsAnew: Break = () => {
  const names = new Map<string, string>()
  const counts = new Map<string, number>()
  const realOf = (mutation: Mutation): Mutation => {
    if (mutation.base === null) return mutation
    return { ...mutation, base: names.get(`${mutation.recordId} ${mutation.base}`) ?? 'none' }
  }
  const nameOf = (result: PushResult, mutation: Mutation): PushResult => {
    if (result.status !== 'accepted') return result
    const count = (counts.get(mutation.recordId) ?? 0) + 1
    counts.set(mutation.recordId, mutation.kind === 'delete' ? 0 : count)
    names.set(`${mutation.recordId} v${count}`, result.version)
    return { ...result, version: `v${count}` }
  }
  return (whole) => ({
    async push(request, signal) {
      const answer = await whole.push({ ...request, mutations: request.mutations.map(realOf) }, signal)
      return { ...answer, results: answer.results.map((result, n) => nameOf(result, request.mutations[n]!)) }
    },
  })
}

/** Remembers answers by the id alone: `keep` says which. */
function remembering(keep: (result: PushResult) => boolean): Break {
  return () => {
    const known = new Map<string, PushResult>()
    return (whole) => ({
      async push(request, signal) {
        const mutations = request.mutations.filter(({ id }) => !known.has(id))
        const response = await whole.push({ ...request, mutations }, signal)
        for (const result of response.results) if (keep(result)) known.set(result.id, result)
        const again = request.mutations.flatMap(({ id }) => known.get(id) ?? [])
        const isFirst = (result: PushResult): boolean => !again.includes(result)
        return { ...response, results: [...response.results.filter(isFirst), ...again] }
      },
    })
  }
}

/** Applies again what it has seen before, on whatever is stored by then. */
const appliesReplays: Break = () => {
  const seen = new Set<string>()
  return (whole) => ({
    async push(request, signal) {
      const mutations = await Promise.all(
        request.mutations.map(async (mutation) =>
          seen.has(mutation.id) ? onCurrent(mutation, request, whole) : mutation,
        ),
      )
      for (const { id } of mutations) seen.add(id)
      return whole.push({ ...request, settled: ALL_SETTLED, mutations }, signal)
    },
  })
}

/** Looks an id up before it takes the lock: of copies at the same moment only one is known. */
const claimsLate: Break = () => {
  const underWay = new Set<string>()
  return (whole) => ({
    async push(request, signal) {
      const isCopy = request.mutations.some(({ id }) => underWay.has(id))
      for (const { id } of request.mutations) underWay.add(id)
      await stall(1)
      const response = await whole.push(request, signal)
      for (const { id } of request.mutations) underWay.delete(id)
      if (!isCopy) return response
      const results = request.mutations.map(async (mutation): Promise<PushResult> => {
        const current = (await currentOf(whole, request.scope, mutation)) ?? null
        return { id: mutation.id, status: 'conflict', current }
      })
      return { ...response, results: await Promise.all(results) }
    },
  })
}

/** What is settled in one scope is forgotten in all. */
const settlesEverywhere: Break = () => {
  const requests = new Map<string, PushRequest>()
  return (whole) => ({
    async push(request, signal) {
      requests.set(`${request.clientId} ${request.scope}`, request)
      const response = await whole.push(request, signal)
      for (const other of requests.values()) {
        if (other.clientId === request.clientId)
          await whole.push({ ...other, settled: request.settled, mutations: [] }, neverAborted())
      }
      return response
    },
  })
}

export const WRITE_MUTANTS: Mutants = {
  'does not check the base': { break: sendingEach(onCurrent), failing: /a stale base is a conflict/ },
  'checks the base, and writes a moment later': {
    break: comparesThenSets,
    failing: /of many who change one version/,
  },
  'inserts where there is a base and no record': {
    break: sendingEach(async (mutation, { scope }, whole) =>
      (await currentOf(whole, scope, mutation)) === undefined ? { ...mutation, base: null } : mutation,
    ),
    failing: /a base on an absent record/,
  },
  'takes a tombstone for nothing': {
    break: sendingEach(async (mutation, { scope }, whole) => {
      const current = await currentOf(whole, scope, mutation)
      return mutation.base === null && current?.deleted === true
        ? { ...mutation, base: current.version }
        : mutation
    }),
    failing: /creating over a tombstone/,
  },
  'counts versions anew after a delete': { break: countsAnew, failing: /a version of its own/ },
  'shows nothing in conflicts': {
    break: answeringEach((result) => (result.status === 'conflict' ? { ...result, current: null } : result)),
    failing: /a stale base is a conflict/,
  },
  'shows more in conflicts than may be seen': {
    break: sending(({ fields: _none, ...request }) => request),
    failing: /only what a projection lets through/,
  },
  'applies replays again': { break: appliesReplays, failing: /changes nothing \(A3\)|deletes nothing/ },
  'forgets results at once': {
    break: sending((request) => ({ ...request, settled: ALL_SETTLED })),
    failing: /sent again is answered as the first time/,
  },
  'forgets one result too many': {
    break: sending((request) => ({ ...request, settled: request.settled && request.settled + 1 })),
    failing: /what is not settled is remembered/,
  },
  'answers a replay after a change with a conflict': {
    break: answeringEach((result, _mutation, current) =>
      result.status === 'accepted' && current !== undefined && current.version !== result.version
        ? { id: result.id, status: 'conflict', current }
        : result,
    ),
    failing: /even after its record changed again/,
  },
  'remembers conflicts as results': {
    break: remembering(({ status }) => status === 'conflict'),
    failing: /a conflict is decided anew/,
  },
  'remembers results by the id alone, for all scopes': {
    break: remembering(({ status }) => status === 'accepted'),
    failing: /a result of one scope is no answer/,
  },
  'knows each client by its highest number only': {
    break: () => {
      const highest = new Map<string, number>()
      return (whole) => ({
        async push(request, signal) {
          const numberOf = ({ id }: { readonly id: string }): number =>
            Number(id.slice(request.clientId.length + 1))
          const known = highest.get(request.clientId) ?? -1
          const fresh = request.mutations.filter((mutation) => numberOf(mutation) > known)
          const old = request.mutations.filter((mutation) => numberOf(mutation) <= known)
          const response = await whole.push({ ...request, mutations: fresh }, signal)
          highest.set(request.clientId, Math.max(known, ...fresh.map(numberOf)))
          const results = old.map(async (mutation): Promise<PushResult> => {
            const current = await currentOf(whole, request.scope, mutation)
            return { id: mutation.id, status: 'accepted', version: current?.version ?? 'known' }
          })
          return { ...response, results: [...response.results, ...(await Promise.all(results))] }
        },
      })
    },
    failing: /a lower number after a higher one/,
  },
  'counts characters for bytes': {
    break: sendingEach((mutation) => {
      const text = (mutation.data as { readonly text?: unknown } | undefined)?.text
      const isLarge = typeof text === 'string' && text.length > 1_000_000
      return isLarge
        ? { ...mutation, data: { id: mutation.recordId, text: text.slice(0, 1_000_000) } }
        : mutation
    }),
    failing: /of the very size it says/,
  },
  'does not notice an id that is used again': {
    break: remembering(({ status }) => status === 'accepted'),
    failing: /the same id with another time is refused/,
  },
  'settles in all scopes at once': {
    break: settlesEverywhere,
    failing: /settled in one scope is remembered/,
  },
  'answers what it knows only in the right epoch': {
    break: answering(async (response, request, whole) => {
      const { epoch } = await whole.pull(
        { scope: request.scope, collections: [], cursor: null, limit: 0 },
        neverAborted(),
      )
      if (epoch === request.epoch) return response
      return {
        ...response,
        results: request.mutations.map(({ id }) => ({ id, status: 'retry', code: 'EPOCH_CHANGED' })),
      }
    }),
    failing: /whatever the epoch the client names/,
  },
  'looks ids up before it takes the lock': { break: claimsLate, failing: /at the same moment, from several/ },
  'applies a group by halves': {
    break: sendingEach(({ group: _none, ...mutation }) => mutation),
    failing: /one that fails takes its group with it/,
  },
  'cuts large groups': {
    break: () => (whole) => ({
      async push(request, signal) {
        const first = await whole.push({ ...request, mutations: request.mutations.slice(0, 100) }, signal)
        if (request.mutations.length <= 100) return first
        const rest = await whole.push({ ...request, mutations: request.mutations.slice(100) }, signal)
        return { ...rest, results: [...first.results, ...rest.results] }
      },
    }),
    failing: /a large group is one/,
  },
  'takes the whole push for one group': {
    break: sendingEach((mutation) => ({ ...mutation, group: 'all' })),
    failing: /other groups and single mutations/,
  },
  'says of all in a failed group that they conflict': {
    break: answeringEach((result, _mutation, current) =>
      result.status === 'aborted' ? { id: result.id, status: 'conflict', current: current ?? null } : result,
    ),
    failing: /keeps its own outcome/,
  },
  'mixes up groups whose names differ in case': {
    break: sendingEach((mutation) =>
      mutation.group === undefined ? mutation : { ...mutation, group: mutation.group.toLowerCase() },
    ),
    failing: /names of groups/,
  },
  'mixes up clients whose names differ in case': {
    break: () => (whole) => ({
      async push(request, signal) {
        const clientId = request.clientId.toLowerCase()
        const mutations = request.mutations.map((each) => ({ ...each, id: each.id.toLowerCase() }))
        const { results, serverTime } = await whole.push({ ...request, clientId, mutations }, signal)
        return {
          serverTime,
          results: results.map((result) => {
            const sent = request.mutations.find(({ id }) => id.toLowerCase() === result.id)
            return { ...result, id: sent?.id ?? result.id }
          }),
        }
      },
    }),
    failing: /ids of clients/,
  },
  'refuses a push for one mutation that is malformed': {
    break: answering((response) => {
      if (response.results.some((result) => result.status === 'rejected'))
        throw new SyncError('PROTOCOL', 'One is malformed.')
      return response
    }),
    failing: /refused, and only that one/,
  },
  'takes no more than fits one statement': {
    break: sending((request) => {
      if (request.mutations.length > 500) throw new SyncError('BACKEND_FAILED', 'Too many parameters.')
      return request
    }),
    failing: /as many mutations as it says/,
  },
  'fetches no more than fits one statement': {
    break: () => (whole) => ({
      fetch: (request, signal) => whole.fetch({ ...request, ids: request.ids.slice(0, 999) }, signal),
    }),
    failing: /fetch takes any number/,
  },
  'does not listen to abort signals': {
    break: () => (whole) => ({
      push: (request) => whole.push(request, neverAborted()),
      pull: (request) => whole.pull(request, neverAborted()),
      fetch: (request) => whole.fetch(request, neverAborted()),
    }),
    failing: /aborted before it begins/,
  },
  'answers a push that is aborted in the middle as if nothing had been written, and writes it anew': {
    break: () => {
      const renamed = new Map<string, string>()
      return (whole) => ({
        async push(request, signal) {
          const response = await whole.push(request, signal)
          await stall(1)
          if (!signal.aborted || request.mutations.length === 0) return response
          for (const mutation of request.mutations) {
            renamed.set(mutation.recordId, mutation.id)
            const current = await currentOf(whole, request.scope, mutation)
            const undo = {
              ...mutation,
              id: `undo.${renamed.size}`,
              kind: 'delete' as const,
              base: current?.version ?? null,
            }
            const { data: _data, patch: _patch, group: _group, ...remove } = undo
            await whole.push({ ...request, clientId: 'undo', mutations: [remove] }, neverAborted())
          }
          throw new SyncError('ABORTED', 'Rolled back, though it was committed.')
        },
      })
    },
    failing: /aborted in the middle, a push was applied or was not/,
  },
  'works on after it was closed': {
    break: () => () => ({ close: async () => undefined }),
    failing: /after close every call is CLOSED/,
  },
  'answers malformed requests with whatever there is': {
    break: () => (whole) => ({
      pull: (request, signal) =>
        whole.pull(request, signal).catch((error: unknown) => {
          if (!isSyncError(error, 'PROTOCOL')) throw error
          return whole.pull({ ...request, scope: 'default', collections: [], cursor: null, limit: 1 }, signal)
        }),
    }),
    failing: /malformed as a whole/,
  },
  'says it can do what it cannot': {
    break:
      () =>
      ({ capabilities }) => ({ capabilities: { ...capabilities, realtime: false } }),
    failing: /says of itself/,
  },
  'never wakes': {
    break: () => () => ({ subscribe: async () => ({ close: async () => undefined }) }),
    failing: /woken by writes/,
  },
  'wakes only for what comes after': {
    break: () => (whole) => ({
      async subscribe(request, wake, lost) {
        let isOpen = false
        const subscription = await whole.subscribe!(request, (each) => isOpen && wake(each), lost)
        await stall(1)
        isOpen = true
        return subscription
      },
    }),
    failing: /written since its cursor/,
  },
  'wakes those who have left': {
    break: () => (whole) => ({
      subscribe: async (request, wake, lost) => {
        await whole.subscribe!(request, wake, lost)
        return { close: async () => undefined }
      },
    }),
    failing: /nobody is woken/,
  },
}
