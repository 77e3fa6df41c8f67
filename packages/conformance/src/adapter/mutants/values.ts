/** Documents that come back changed, and names that are taken for something else (A5, A6, A9, T4). */
import type { BackendAdapter, Json, JsonObject, Mutation, Patch } from '@synclayer/core/adapter'
import { COLLECTION, neverAborted } from '../test-client.ts'
import { type Break, currentOf, headOf, type Mutants, sendingEach } from './mutant.ts'

/** Changes every value of what is put, below its id. */
function storing(change: (value: Json, key: string) => Json | undefined): Break {
  const walk = (value: Json, key: string): Json | undefined => {
    const changed = change(value, key)
    if (typeof changed !== 'object' || changed === null) return changed
    if (Array.isArray(changed)) return (changed as readonly Json[]).map((item) => walk(item, '') ?? null)
    const members = Object.entries(changed).flatMap(([name, member]) => {
      const stored = walk(member, name)
      return stored === undefined ? [] : [[name, stored] as const]
    })
    return Object.fromEntries(members) as JsonObject
  }
  return sendingEach((mutation) => {
    if (mutation.data === undefined) return mutation
    const { id, ...fields } = mutation.data as JsonObject
    return { ...mutation, data: { id: id ?? null, ...(walk(fields, '') as JsonObject) } }
  })
}

/** Changes every text that is stored. */
function writing(change: (text: string) => string): Break {
  return storing((value) => (typeof value === 'string' ? change(value) : value))
}

function patching(change: (patch: Patch) => Patch): Break {
  return sendingEach((mutation) =>
    mutation.patch === undefined ? mutation : { ...mutation, patch: change(mutation.patch) },
  )
}

/** Stores a patch as a whole document: what `shown` knows of it, with the patch's fields. */
async function asPut(
  mutation: Mutation,
  shown: (document: JsonObject) => JsonObject,
  current: Json | undefined,
): Promise<Mutation> {
  const { patch, ...head } = mutation
  if (patch === undefined || current === undefined) return mutation
  const fields = Object.entries(patch.set ?? {}).map(([pointer, value]) => [pointer.slice(1), value] as const)
  const data = { ...shown(current as JsonObject), ...Object.fromEntries(fields), id: head.recordId }
  return { ...head, kind: 'put', data }
}

/** Makes two clients' ids, or two ids of records, the same. */
function folding(fold: (id: string) => string): Break {
  return () => (whole) => ({
    async push(request, signal) {
      const mutations = request.mutations.map((mutation) => {
        const recordId = fold(mutation.recordId)
        const data =
          mutation.data === undefined ? {} : { data: { ...(mutation.data as JsonObject), id: recordId } }
        return { ...mutation, ...data, recordId }
      })
      return whole.push({ ...request, mutations }, signal)
    },
    fetch: (request, signal) => whole.fetch({ ...request, ids: request.ids.map(fold) }, signal),
  })
}

/** What is refused leaves a row behind all the same. */
const writesBeforeItRefuses: Break = () => {
  let ghosts = 0
  return (whole: BackendAdapter) => ({
    async push(request, signal) {
      const response = await whole.push(request, signal)
      for (const result of response.results) {
        const mutation = request.mutations.find(({ id }) => id === result.id)
        if (result.status !== 'rejected' || mutation === undefined) continue
        const base = (await currentOf(whole, request.scope, mutation))?.version ?? null
        const { recordId, collection, time } = mutation
        const ghost = {
          id: `ghost.${ghosts++}`,
          collection,
          recordId,
          kind: 'put',
          base,
          time,
          schema: 1,
        } as const
        const head = await headOf(whole, request.scope)
        await whole.push(
          {
            ...head,
            scope: request.scope,
            clientId: 'ghost',
            settled: 0,
            mutations: [{ ...ghost, data: { id: recordId } }],
          },
          neverAborted(),
        )
      }
      return response
    },
  })
}

/** Shows times as they were sent. */
const unclamped: Break = () => {
  const times = new Map<string, string>()
  return (whole) => ({
    push(request, signal) {
      for (const { id, time } of request.mutations) times.set(id, time)
      return whole.push(request, signal)
    },
    fetch: async (request, signal) =>
      (await whole.fetch(request, signal)).map((record) => ({
        ...record,
        time: times.get(record.mutation ?? '') ?? record.time,
      })),
  })
}

const leaksScopes: Break = () => {
  const scopes = new Set<string>()
  return (whole) => ({
    push(request, signal) {
      scopes.add(request.scope)
      return whole.push(request, signal)
    },
    async fetch(request, signal) {
      const found = await Promise.all(
        [request.scope, ...scopes].map((scope) => whole.fetch({ ...request, scope }, signal)),
      )
      return found.find((records) => records.length > 0) ?? []
    },
  })
}

export const VALUE_MUTANTS: Mutants = {
  'removes what a patch sets to null': {
    break: patching(({ set = {}, unset = [] }) => {
      const entries = Object.entries(set)
      const nulls = entries.filter(([, value]) => value === null).map(([pointer]) => pointer)
      return {
        set: Object.fromEntries(entries.filter(([, value]) => value !== null)),
        unset: [...unset, ...nulls],
      }
    }),
    failing: /keeps null, absent and removed apart/,
  },
  'sets to null what a patch removes': {
    break: patching(({ set = {}, unset = [] }) => ({
      set: { ...set, ...Object.fromEntries(unset.map((pointer) => [pointer, null])) },
    })),
    failing: /keeps null, absent and removed apart/,
  },
  'takes a patch for the whole document': {
    break: sendingEach(async (mutation, { scope }, whole) =>
      asPut(mutation, () => ({}), (await currentOf(whole, scope, mutation))?.data),
    ),
    failing: /touches nothing else/,
  },
  'destroys the fields that a projection hides': {
    break: () => {
      let visible: readonly string[] | undefined
      return (whole) => ({
        pull(request, signal) {
          const { fields } = request.collections[0] ?? {}
          if (fields !== undefined && 'only' in fields) visible = fields.only
          return whole.pull(request, signal)
        },
        async push(request, signal) {
          const shown = (document: JsonObject): JsonObject =>
            Object.fromEntries(Object.entries(document).filter(([key]) => visible?.includes(key) ?? true))
          const mutations = request.mutations.map(async (mutation) =>
            asPut(mutation, shown, (await currentOf(whole, request.scope, mutation))?.data),
          )
          return whole.push({ ...request, mutations: await Promise.all(mutations) }, signal)
        },
      })
    },
    failing: /a patch through a projection/,
  },
  'unescapes pointers in the wrong order': {
    break: patching((patch) => {
      const wrong = (pointer: string): string =>
        pointer
          .split('/')
          .map((key) =>
            key.replaceAll('~0', '~').replaceAll('~1', '/').replaceAll('~', '~0').replaceAll('/', '~1'),
          )
          .join('/')
      const set = Object.entries(patch.set ?? {}).map(([pointer, value]) => [wrong(pointer), value] as const)
      return { set: Object.fromEntries(set), unset: (patch.unset ?? []).map(wrong) }
    }),
    failing: /pointers of patches/,
  },
  'ignores a patch that does not fit': {
    break: sendingEach((mutation) =>
      Object.keys(mutation.patch?.set ?? {}).some((pointer) => pointer.startsWith('/list/'))
        ? { ...mutation, patch: {} }
        : mutation,
    ),
    failing: /does not fit its document/,
  },
  'keeps numbers to fifteen digits': {
    break: storing((value) =>
      typeof value === 'number' && Math.abs(value) < 1e300 ? Number(value.toPrecision(15)) : value,
    ),
    failing: /numbers at the limits/,
  },
  'keeps numbers as text': {
    break: storing((value) =>
      typeof value === 'number' && Math.abs(value) > 2 ** 53 ? String(value) : value,
    ),
    failing: /numbers around the safe ones/,
  },
  'drops nulls': {
    break: storing((value) => (value === null ? undefined : value)),
    failing: /null, absent and empty stay three things/,
  },
  'drops empty lists': {
    break: storing((value) => (Array.isArray(value) && value.length === 0 ? undefined : value)),
    failing: /null, absent, empty: a document/,
  },
  'normalises letters': {
    break: writing((text) => text.normalize('NFC')),
    failing: /letters of the world: a document/,
  },
  'trims texts': {
    break: writing((text) => text.trim()),
    failing: /text that looks like something: a document/,
  },
  'reads texts as numbers where they look like it': {
    break: storing((value) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value)),
    failing: /text that looks like something: a document/,
  },
  'reads texts as JSON where they look like it': {
    break: storing((value) =>
      typeof value === 'string' && value.startsWith('{"') ? (JSON.parse(value) as Json) : value,
    ),
    failing: /text that looks like something: a document/,
  },
  'drops control characters': {
    // oxlint-disable-next-line no-control-regex -- they are what this is about
    break: writing((text) => text.replaceAll(/[\u0001-\u001f]/g, '')),
    failing: /control characters: a document/,
  },
  'cuts texts at U+0000': {
    break: writing((text) => text.split('\0')[0]!),
    failing: /U\+0000 in a text in a document/,
  },
  'puts other letters for half a surrogate pair': {
    break: writing((text) => new TextDecoder().decode(new TextEncoder().encode(text))),
    failing: /half a surrogate pair in a text in a document/,
  },
  'unfolds keys with dots': {
    break: storing((value) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
      return Object.fromEntries(
        Object.entries(value).map(([key, member]) =>
          key.includes('.') ? [key.split('.')[0]!, { rest: member }] : [key, member],
        ),
      )
    }),
    failing: /keys of all kinds: a document/,
  },
  'drops empty keys': {
    break: storing((value, key) => (key === '' && value === 'empty' ? undefined : value)),
    failing: /keys of all kinds: a document/,
  },
  'drops keys that begin with a dollar': {
    break: storing((value, key) => (key.startsWith('$') ? undefined : value)),
    failing: /keys of all kinds: a document/,
  },
  'writes before it refuses': {
    break: writesBeforeItRefuses,
    failing: /U\+0000 in a text in a document/,
  },
  'cuts long texts': {
    break: writing((text) => text.slice(0, 65_535)),
    failing: /a long text: a document/,
  },
  'takes documents of any size': {
    break: sendingEach((mutation) => {
      const text = (mutation.data as { text?: unknown } | undefined)?.text
      return typeof text === 'string' && text.length > 2_000_000
        ? { ...mutation, data: { id: mutation.recordId } }
        : mutation
    }),
    failing: /larger than it takes/,
  },
  'takes ids in any case for the same': {
    break: folding((id) => id.toLowerCase()),
    failing: /ids that are hostile/,
  },
  'takes ids in any form for the same': {
    break: folding((id) => id.normalize('NFC')),
    failing: /ids that are hostile/,
  },
  'drops trailing spaces of ids': {
    break: folding((id) => id.trimEnd() || id),
    failing: /ids that are hostile/,
  },
  'stores times of the future': { break: unclamped, failing: /no time more than a minute ahead/ },
  'fetches from other scopes': { break: leaksScopes, failing: /records of one scope/ },
  'answers for one collection with the rows of another': {
    break: () => (whole) => ({
      fetch: async (request, signal) => {
        const found = await whole.fetch(request, signal)
        return found.length > 0 ? found : whole.fetch({ ...request, collection: COLLECTION }, signal)
      },
    }),
    failing: /fetch answers what is stored/,
  },
  'sends a text along that is of another state': {
    break: () => (whole) => ({
      async pull(request, signal) {
        const page = await whole.pull(request, signal)
        return { ...page, changes: page.changes.map((change) => ({ ...change, text: '{"id":"another"}' })) }
      },
    }),
    failing: /null, absent, empty: a document/,
  },
  'forgets which schema a record has': {
    break: sendingEach((mutation) => ({ ...mutation, schema: 1 })),
    failing: /with time, schema and the id/,
  },
}
