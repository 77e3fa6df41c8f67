/** Feeds that miss changes, lose their place or their history (A1, A4, A7). */
import {
  compileFilter,
  isSyncError,
  type JsonObject,
  projectDocument,
  type Wake,
} from '@synclayer/core/adapter'
import { neverAborted } from '../test-client.ts'
import {
  ALL_SETTLED,
  asking,
  type Break,
  headOf,
  hiding,
  type ModelCursor,
  type Mutants,
  paging,
  sending,
  stall,
  tampered,
} from './mutant.ts'

/** Positions are given before the commit: now and then one becomes visible after a later one. */
const naiveSequence: Break = () => {
  const invisible = new Set<string>()
  let pushes = 0
  return (whole) => ({
    async push(request, signal) {
      const response = await whole.push(request, signal)
      pushes += 1
      if (pushes % 5 !== 0) return response
      const versions = response.results.flatMap((result) =>
        result.status === 'accepted' ? [result.version] : [],
      )
      for (const version of versions) invisible.add(version)
      await stall(3)
      for (const version of versions) invisible.delete(version)
      return response
    },
    async pull(request, signal) {
      const page = await whole.pull(request, signal)
      return { ...page, changes: page.changes.filter(({ version }) => !invisible.has(version)) }
    },
  })
}

/** Tombstones go first, the floor rises later: in between their deletes are nowhere. */
const floorAfterDelete: Break = () => {
  let isPurging = false
  return (whole) => ({
    async purge(request) {
      isPurging = true
      await stall(5)
      const report = await whole.purge!(request)
      isPurging = false
      return report
    },
    async pull(request, signal) {
      const page = await whole.pull(request, signal)
      if (!isPurging) return page
      return { ...page, changes: page.changes.filter(({ kind }) => kind !== 'delete') }
    },
  })
}

/** The snapshot ends at the head of its end, not of its beginning. */
const lateSnapshotHead = paging(async (page, { cursor, scope }, whole) => {
  const from = cursor === null ? undefined : (JSON.parse(cursor) as ModelCursor)
  const to = JSON.parse(page.cursor) as ModelCursor
  if (from?.head === undefined || to.head !== undefined) return page
  return { ...page, cursor: (await headOf(whole, scope)).cursor, hasMore: false }
})

function serving(code: 'CURSOR_EXPIRED' | 'EPOCH_CHANGED'): Break {
  return () => (whole) => ({
    async pull(request, signal) {
      try {
        return await whole.pull(request, signal)
      } catch (error) {
        if (!isSyncError(error, code)) throw error
        return whole.pull({ ...request, cursor: null }, signal)
      }
    },
  })
}

/** Pages that are told differ. */
function telling(change: (page: NonNullable<Wake['page']>) => NonNullable<Wake['page']>): Break {
  return () => (whole) => ({
    subscribe: (request, wake, lost) =>
      whole.subscribe!(
        request,
        ({ scope, page }) => wake(page === undefined ? { scope } : { scope, page: change(page) }),
        lost,
      ),
  })
}

/** Each page begins where the one before ended, whether or not the one before was told. */
const gapInTold: Break = () => {
  let told = 0
  let last: string | undefined
  return (whole) => ({
    subscribe: (request, wake, lost) =>
      whole.subscribe!(
        request,
        ({ scope, page }) => {
          if (page === undefined) return wake({ scope })
          told += 1
          last ??= page.from
          if (told % 3 === 0) return
          wake({ scope, page: { ...page, from: last } })
          last = page.cursor
        },
        lost,
      ),
  })
}

export const FEED_MUTANTS: Mutants = {
  'tells pages that leave something out': {
    break: telling((page) => ({ ...page, changes: page.changes.filter(({ id }) => id !== 'r3') })),
    failing: /who takes told pages where they chain/,
  },
  'tells pages that do not follow on each other as if they did': {
    break: gapInTold,
    failing: /who takes told pages where they chain/,
  },
  'tells whole documents to who asked for a few fields': {
    break: telling((page) => ({
      ...page,
      changes: page.changes.map((change) =>
        change.kind === 'put' ? { ...change, data: { ...(change.data as JsonObject), secret: 1 } } : change,
      ),
    })),
    failing: /as they were asked for/,
  },
  'gives out positions before the commit': {
    break: naiveSequence,
    failing: /misses nothing while writers write/,
  },
  'reads the rows first, and the head a moment later': {
    break: paging(async (page, { scope, limit }, whole) => {
      if (page.hasMore || limit === 0) return page
      await stall(1)
      return { ...page, cursor: (await headOf(whole, scope)).cursor }
    }),
    failing: /misses nothing while writers write/,
  },
  'forgets results at once, while many write': {
    break: () => (whole) => ({
      push: (request, signal) => whole.push({ ...request, settled: ALL_SETTLED }, signal),
    }),
    failing: /applies once what is sent twice at once/,
  },
  'purges before it raises the floor, while many write': {
    break: floorAfterDelete,
    failing: /brings nothing back, and hides nothing/,
  },
  'moves the cursor with an empty page': {
    break: paging((page, { limit }) =>
      page.changes.length > 0 || limit === 0
        ? page
        : { ...page, cursor: tampered(page.cursor, (at) => ({ ...at, position: at.position + 1 })) },
    ),
    failing: /an empty page moves nothing/,
  },
  'says there is more and stays where it is': {
    break: paging((page, { cursor }) =>
      page.changes.length === 0 && cursor !== null ? { ...page, cursor, hasMore: true } : page,
    ),
    failing: /an empty page moves nothing/,
  },
  'loses the last change of every full page': {
    break: paging((page) => (page.hasMore ? { ...page, changes: page.changes.slice(0, -1) } : page)),
    failing: /pages of every size/,
  },
  'gives more than was asked for': {
    break: asking((request) => ({ ...request, limit: request.limit && request.limit + 1 })),
    failing: /pages of every size/,
  },
  'says too early that there is no more': {
    break: paging((page) => ({ ...page, hasMore: false })),
    failing: /pages of every size/,
  },
  'passes over what changes during a snapshot': {
    break: lateSnapshotHead,
    failing: /a snapshot misses nothing/,
  },
  'moves a cursor to the head where nothing is asked for': {
    break: asking((request) => (request.limit === 0 ? { ...request, cursor: null } : request)),
    failing: /a pull with limit 0/,
  },
  'turns pages round': {
    break: paging((page) => ({ ...page, changes: page.changes.toReversed() })),
    failing: /in the order they were made/,
  },
  'passes over the last change of a record': {
    break: hiding((change) => change.kind === 'put' && (change.data as { n?: number }).n === 4),
    failing: /the latest state of each record/,
  },
  'takes any text for a cursor': {
    break: () => (whole) => ({
      pull: async (request, signal) =>
        whole.pull(request, signal).catch((error: unknown) => {
          if (!isSyncError(error, 'PROTOCOL') || request.scope === '') throw error
          return whole.pull({ ...request, cursor: null }, signal)
        }),
    }),
    failing: /what is not a cursor/,
  },
  'drops tombstones from the feed': {
    break: hiding(({ kind }) => kind === 'delete'),
    failing: /a delete is told whatever the filter/,
  },
  'removes rows instead of leaving tombstones': {
    break: () => (whole) => ({
      fetch: async (request, signal) =>
        (await whole.fetch(request, signal)).filter(({ deleted }) => !deleted),
    }),
    failing: /a delete leaves a tombstone/,
  },
  'raises the floor after it purged': {
    break: floorAfterDelete,
    failing: /purging while others pull/,
  },
  'purges newer tombstones too': {
    break: () => (whole) => ({
      purge: (request) => whole.purge!({ ...request, before: request.before + 7_200_000 }),
    }),
    failing: /newer tombstones alone/,
  },
  'purges results along with tombstones': {
    break: () => {
      const clients = new Set<string>()
      return (whole) => ({
        push(request, signal) {
          clients.add(request.clientId)
          return whole.push(request, signal)
        },
        async purge(request) {
          const report = await whole.purge!(request)
          const head = await headOf(whole, request.scope)
          for (const clientId of clients)
            await whole.push(
              { ...head, scope: request.scope, clientId, settled: ALL_SETTLED, mutations: [] },
              neverAborted(),
            )
          return report
        },
      })
    },
    failing: /results outlive tombstones/,
  },
  'purges all scopes at once': {
    break: () => {
      const scopes = new Set<string>()
      return (whole) => ({
        push(request, signal) {
          scopes.add(request.scope)
          return whole.push(request, signal)
        },
        async purge(request) {
          const report = await whole.purge!(request)
          for (const scope of scopes) await whole.purge!({ ...request, scope })
          return report
        },
      })
    },
    failing: /purging one scope/,
  },
  'serves cursors that have expired': {
    break: serving('CURSOR_EXPIRED'),
    failing: /a cursor from before purged deletes/,
  },
  'serves cursors of another history': {
    break: serving('EPOCH_CHANGED'),
    failing: /cursors from after the copy/,
  },
  'serves cursors of other scopes': {
    break: asking((request) =>
      request.cursor === null || !request.cursor.startsWith('{"scope"')
        ? request
        : { ...request, cursor: tampered(request.cursor, (at) => ({ ...at, scope: request.scope })) },
    ),
    failing: /a cursor of another scope/,
  },
  'takes new mutations of a client below the floor': {
    break: sending(async (request, whole) => ({
      ...request,
      cursor: (await headOf(whole, request.scope)).cursor,
    })),
    failing: /a client below the floor/,
  },
  'does not look at the epoch of a push': {
    break: sending(async (request, whole) => ({ ...request, ...(await headOf(whole, request.scope)) })),
    failing: /a client of another epoch/,
  },
  'filters without telling of leaves': {
    break: hiding(({ kind }) => kind === 'leave'),
    failing: /ceases to match leaves/,
  },
  'filters without telling of leaves, while many write': {
    break: hiding(({ kind }) => kind === 'leave'),
    failing: /misses nothing while writers write/,
  },
  'tells of leaves with the document': {
    break: paging((page) => ({
      ...page,
      changes: page.changes.map((change) => (change.kind === 'leave' ? { ...change, data: {} } : change)),
    })),
    failing: /by its id alone/,
  },
  'filters deletes away': {
    break: hiding(
      ({ kind }, { collections }) => kind === 'delete' && collections.some(({ filter }) => filter),
    ),
    failing: /a delete is told whatever the filter/,
  },
  'filters what the projection has left': {
    break: hiding((change, { collections }) => {
      const { filter = null, fields } = collections.find(({ name }) => name === change.collection) ?? {}
      return (
        change.kind === 'put' && !compileFilter(filter)(projectDocument(change.data as JsonObject, fields))
      )
    }),
    failing: /a filter may look at what the projection hides/,
  },
  'compares with null as SQL does': {
    break: hiding((change, { collections: [collection] }) => {
      const { filter } = collection!
      if (change.kind !== 'put' || filter?.op !== '!=') return false
      return ((change.data as JsonObject)[String(filter.path[0])] ?? null) === null
    }),
    failing: /an exact complement/,
  },
  'folds case in filters': {
    break: asking((request) => ({
      ...request,
      collections: request.collections.map((collection) =>
        collection.filter?.op === 'starts-with'
          ? { ...collection, filter: { ...collection.filter, value: '' } }
          : collection,
      ),
    })),
    failing: /letters that databases like to fold/,
  },
  'takes a filter of one collection for all': {
    break: asking((request) => ({
      ...request,
      collections: request.collections.map(({ filter: _own, ...collection }) => {
        const [first] = request.collections
        return first?.filter === undefined ? collection : { ...collection, filter: first.filter }
      }),
    })),
    failing: /each with its own filter/,
  },
}
