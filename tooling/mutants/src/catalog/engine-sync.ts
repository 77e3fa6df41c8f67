/** Bugs in what is sent when, and in where a client stands: `packages/core/src/sync`, `store`, `query`. */
import type { Mutant } from '../mutant.ts'

const SYNC = 'packages/core/src/sync'
const STORE = 'packages/core/src/store'
const CLIENT = 'packages/core/src/client'

export const SYNC_MUTANTS: readonly Mutant[] = [
  {
    name: 'cursor-before-rows',
    what: 'The cursor is saved by a commit of its own, before the rows it stands for',
    file: `${SYNC}/pull.ts`,
    find: `  const result = await deps.store.submit({
    origin: 'remote',`,
    replace: `  await deps.store.submit({
    origin: 'internal', keys: [], entries: [feedEntry(scope)],
    run: (workspace) => {
      const early = advanced(feed, { ...pages, count: 0, hasPushed: false })
      workspace.setEntry(feedEntry(scope), JSON.stringify(early))
      feed = early
    },
  })
  const result = await deps.store.submit({
    origin: 'remote',`,
    proofs: ['exhaustive', 'simulation'],
  },
  {
    name: 'cursor-set-back',
    what: 'A round that brings nothing sets the cursor back to the first one; all is read again, and nothing is lost',
    file: `${SYNC}/feed-state.ts`,
    find: 'if (snapshot === null) return { ...feed, cursor: pages.cursor, epoch: pages.epoch }',
    replace:
      'if (snapshot === null) return { ...feed, cursor: pages.count > 0 ? pages.cursor : feed.start, epoch: pages.epoch }',
    proofs: ['simulation'],
  },
  {
    name: 'round-committed-in-halves',
    what: 'The first page of a round is committed, and shown, before the rest of it',
    file: `${SYNC}/pull.ts`,
    find: 'if (!response.hasMore || feed.snapshot !== null || full) return gathered(response)',
    replace:
      'if (!response.hasMore || feed.snapshot !== null || full || last === null) return gathered(response)',
    proofs: ['simulation'],
  },
  {
    name: 'feed-set-back-by-another-process',
    what: 'A process that opens a feed late writes its beginning over where another has come to',
    file: `${SYNC}/round.ts`,
    find: ': await moveFeed(session, (now) => withCollections(now ?? stillOpen(fresh), wanted))',
    replace: ': await moveFeed(session, () => withCollections(stored ?? stillOpen(fresh), wanted))',
    proofs: ['simulation', `${SYNC}/sync-engine.shared.test.ts`],
  },
  {
    name: 'forgotten-scope-comes-back',
    what: 'A page of a scope that another process has left is committed all the same',
    file: `${SYNC}/pull.ts`,
    find: '    stored !== null &&\n    stored.cursor === feed.cursor &&\n    stored.generation === feed.generation &&\n    stored.snapshot?.cursor',
    replace:
      '    (stored === null && feed.cursor === null) || stored?.cursor === feed.cursor &&\n    stored.generation === feed.generation &&\n    stored.snapshot?.cursor',
    proofs: ['simulation', `${SYNC}/sync-engine.shared.test.ts`],
  },
  {
    name: 'live-query-skips-a-commit',
    what: 'A live query does not show what a commit changed in several documents at once, until the next commit',
    file: 'packages/core/src/client/live-query.ts',
    find: 'else if (update.changed && current !== NOTHING) show()',
    replace: 'else if (update.changed && current !== NOTHING && changes.length < 2) show()',
    proofs: ['simulation'],
  },
  {
    name: 'listener-not-called',
    what: 'A live query that changed twice in a moment tells of the first change alone',
    file: 'packages/core/src/client/live-query.ts',
    find: `    void Promise.resolve().then(() => {
      subscription.scheduled = false
      const result = current`,
    replace: `    const result = current
    void Promise.resolve().then(() => {
      subscription.scheduled = false`,
    proofs: ['simulation'],
  },
  {
    name: 'first-snapshot-followed-from-its-end',
    what: 'Deletes of what a new client pushed during its first snapshot never reach it',
    file: `${SYNC}/feed-state.ts`,
    find: 'const cursor = pages.hasPushed ? feed.start : pages.cursor',
    replace: 'const cursor = pages.cursor',
    proofs: ['exhaustive', `${SYNC}/sync-engine.resync.test.ts`],
  },
  {
    name: 'stranded-by-a-crash',
    what: 'What was in flight when the process died is never looked for again',
    file: `${SYNC}/unanswered.ts`,
    find: "lane: 'sending', scope: session.scope",
    replace: "lane: 'parked', scope: session.scope",
    proofs: ['exhaustive', 'simulation', `${SYNC}/sync-engine.push.test.ts`],
  },
  {
    name: 'settled-too-early',
    what: 'The backend is told to forget results whose answers may still get lost',
    file: `${SYNC}/push.ts`,
    find: 'settled: lowest([...batch.inFlight, ...batch.mutations.map(({ id }) => id)], first.clientId),',
    replace: 'settled: first.n + batch.mutations.length,',
    proofs: ['exhaustive', `${SYNC}/sync-engine.push.test.ts`],
  },
  {
    name: 'rows-and-entries-written-apart',
    what: 'Rows, and the counters and cursors that belong to them, are two commits',
    file: `${STORE}/local-store.ts`,
    find: 'const result = await this.#storage.commit({ ...rows, entries, flush }, workspace.preconditions())',
    replace: `const result = await this.#storage.commit({ ...rows, flush }, workspace.preconditions())
        if (result.status !== 'stale') await this.#storage.commit({ entries })`,
    proofs: ['exhaustive'],
  },
  {
    name: 'stale-commit-taken-for-done',
    what: 'A commit refused as stale counts as committed',
    file: `${STORE}/local-store.ts`,
    find: "if (result.status === 'stale') continue",
    replace: '',
    proofs: [`${STORE}/local-store.test.ts`],
  },
  {
    name: 'read-modify-write-unguarded',
    what: 'Commits name no preconditions, so updates of two processes lose each other',
    file: `${STORE}/local-store.ts`,
    find: 'const result = await this.#storage.commit({ ...rows, entries, flush }, workspace.preconditions())',
    replace: 'const result = await this.#storage.commit({ ...rows, entries, flush }, [])',
    proofs: ['simulation', `${STORE}/local-store.test.ts`],
  },
  {
    name: 'frozen-without-flush',
    what: 'A mutation leaves before the commit that froze it is on the disk',
    file: `${SYNC}/freeze-batch.ts`,
    find: '    flush: true,\n',
    replace: '',
    proofs: [`${SYNC}/sync-engine.push.test.ts`],
  },
  {
    name: 'outbox-in-reverse',
    what: 'The latest change is sent first',
    file: `${SYNC}/freeze-batch.ts`,
    find: 'for (const state of states) {',
    replace: 'for (const state of states.toReversed()) {',
    proofs: [`${SYNC}/sync-engine.push.test.ts`],
  },
  {
    name: 'groups-sent-in-parts',
    what: 'The changes of a transaction are sent each for itself',
    file: `${SYNC}/push.ts`,
    find: 'mutations: deps.adapter.capabilities.groups ? batch.mutations : batch.mutations.map(withoutGroup),',
    replace: 'mutations: batch.mutations.map(withoutGroup),',
    proofs: [`${SYNC}/sync-engine.groups.test.ts`],
  },
  {
    name: 'poison-ends-the-round',
    what: 'A pulled change that cannot be taken ends the round for all others',
    file: `${SYNC}/pull.ts`,
    find: '      const reason = reasonOf(error)\n      errors.push({\n        key,',
    replace:
      '      if (error !== null) throw error\n      const reason = reasonOf(error)\n      errors.push({\n        key,',
    proofs: [`${SYNC}/sync-engine.pull.test.ts`],
  },
  {
    name: 'sweep-sees-nothing',
    what: 'At the end of a resync nothing that is gone is removed',
    file: `${SYNC}/sweep.ts`,
    find: "'damaged' in row || row.scope !== session.scope ||",
    replace: "'damaged' in row || row.scope !== '' ||",
    proofs: [`${SYNC}/sync-engine.resync.test.ts`],
  },
  {
    name: 'generation-not-raised',
    what: 'A resync has the generation of the snapshot before, so all counts as seen',
    file: `${SYNC}/feed-state.ts`,
    find: '    ...feed,\n    generation: feed.generation + 1,\n    snapshot: { reason: worse,',
    replace: '    ...feed,\n    snapshot: { reason: worse,',
    proofs: ['simulation', `${SYNC}/sync-engine.resync.test.ts`],
  },
  {
    name: 'pushes-during-resync',
    what: 'A client that is behind goes on pushing before it has caught up',
    file: `${SYNC}/feed-state.ts`,
    find: "if (snapshot !== null && (snapshot.reason === 'expired' || snapshot.reason === 'epoch')) return null",
    replace: '',
    proofs: [`${SYNC}/feed-state.test.ts`],
  },
  {
    name: 'lost-writes-unnoticed',
    what: 'A backend that lost what it acknowledged after the last pull is believed',
    file: `${SYNC}/round.ts`,
    find: 'if (!more && !pulled.told) await confirmAcknowledged(session)',
    replace: '',
    proofs: [`${SYNC}/sync-engine.limits.test.ts`],
  },
  {
    name: 'told-pages-with-a-gap',
    what: 'A page that came along with a wake-up is taken, also where it does not follow on the cursor',
    file: `${SYNC}/arrived-pages.ts`,
    find: 'new Map(told.map((kept) => [kept.from, kept.page]))',
    replace: 'new Map(told.map((kept, index) => [index === 0 ? cursor : kept.from, kept.page]))',
    proofs: ['simulation', `${CLIENT}/told-pages.test.ts`],
  },
  {
    name: 'sync-believes-what-was-told',
    what: '`sync()` takes the pages that came along with wake-ups for all there is',
    file: `${SYNC}/round.ts`,
    find: "pullRound(session, feed, options.wants.pull === 'told')",
    replace: 'pullRound(session, feed, true)',
    proofs: [`${CLIENT}/told-pages.test.ts`],
  },
  {
    name: 'pages-that-never-arrive',
    what: 'A page that did not come in time is asked for again, just as large',
    file: `${SYNC}/page-size.ts`,
    find: 'timedOut: halve,',
    replace: 'timedOut: () => undefined,',
    proofs: [`${SYNC}/sync-engine.pull.test.ts`],
  },
  {
    name: 'copied-store-parks',
    what: 'A mutation id that was used by a copy of the store is refused for good',
    file: `${SYNC}/renew-identity.ts`,
    find: "return result.status === 'rejected' && result.code === 'MUTATION_ID_REUSED'",
    replace: 'return false',
    proofs: [`${SYNC}/sync-engine.resync.test.ts`],
  },
  {
    name: 'backoff-never-ends',
    what: 'A record that failed once is not tried again by itself',
    file: `${SYNC}/sync-state.ts`,
    find: 'if (next.nextRetry !== null && next.nextRetry <= now)',
    replace: 'if (next.nextRetry !== null && next.nextRetry < 0)',
    proofs: [`${SYNC}/sync-state.test.ts`],
  },
  {
    name: 'timeout-does-not-cancel',
    what: 'A request over its limit goes on',
    file: `${SYNC}/request.ts`,
    find: '      controller.abort(error)\n',
    replace: '',
    proofs: [`${SYNC}/request.test.ts`],
  },
  {
    name: 'sync-swallows-errors',
    what: 'A failed round is reported as completed',
    file: `${SYNC}/manual-sync.ts`,
    find: 'waiter.error ??= error',
    replace: '',
    proofs: [`${SYNC}/manual-sync.test.ts`],
  },
  {
    name: 'null-query-ignored',
    what: 'A missing field is not null to a query',
    file: 'packages/core/src/query/evaluate.ts',
    find: 'return value === undefined || value === null',
    replace: 'return value === null',
    proofs: ['packages/core/src/query/evaluate.test.ts'],
  },
  {
    name: 'limit-zero-means-all',
    what: 'A query with limit 0 gives everything',
    file: 'packages/core/src/query/run-query.ts',
    find: '  if (spec.limit === 0) return []\n',
    replace: '  if (spec.limit === 0) return runQuery({ ...spec, limit: null }, source)\n',
    proofs: ['packages/core/src/query/run-query.test.ts'],
  },
  {
    name: 'patch-forgets-removals',
    what: 'A field that was removed here is not removed there',
    file: 'packages/core/src/document/patch.ts',
    find: 'if (!Object.hasOwn(local, key)) unset.push(',
    replace: "if (!Object.hasOwn(local, key) && key === '') unset.push(",
    proofs: ['packages/core/src/document/patch.property.test.ts'],
  },
]
