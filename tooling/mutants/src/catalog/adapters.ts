/** Bugs in what speaks to a backend: the SQLite adapter, and the model backend that the simulator runs on. */
import type { Mutant } from '../mutant.ts'

const KIT = 'packages/adapter-kit/src'
const SQLITE = 'packages/adapter-sqlite/src'
const MODEL = 'packages/core/src/testing/model-backend'
const SQLITE_SUITE = 'packages/adapter-sqlite/src/sqlite-adapter.conformance.test.ts'
const MODEL_SUITE = 'packages/conformance/src/adapter/model-backend.conformance.test.ts'

export const ADAPTER_MUTANTS: readonly Mutant[] = [
  {
    name: 'push-overwrites',
    what: 'A mutation is applied whatever version it was made on',
    file: `${KIT}/push/push-plan.ts`,
    find: 'if ((found?.version ?? null) !== mutation.base) return',
    replace: 'if (mutation.base === undefined) return',
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'base-on-absent-inserts',
    what: 'A change of a record that is not there creates it',
    file: `${KIT}/push/push-plan.ts`,
    find: 'if ((found?.version ?? null) !== mutation.base) return',
    replace: 'if (found !== undefined && found.version !== mutation.base) return',
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'tombstone-counts-as-nothing',
    what: 'A create takes the place of a deleted record without having seen the delete',
    file: `${KIT}/push/push-plan.ts`,
    find: 'if ((found?.version ?? null) !== mutation.base) return',
    replace:
      'if ((found?.version ?? null) !== mutation.base && !(mutation.base === null && found?.deleted)) return',
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'id-claimed-after-the-read',
    what: 'Whether a mutation is known is asked only once its base has been compared',
    file: `${KIT}/push/push-plan.ts`,
    find: '      if (n >= 0) {',
    replace: `      const now = headOf(mutation.collection, mutation.recordId)?.version ?? null
      if (n >= 0 && now === mutation.base) {`,
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'conflict-remembered-as-result',
    what: 'A conflict is remembered, and the mutation sent again counts as applied',
    file: `${KIT}/push/push-plan.ts`,
    find: '      if ((found?.version ?? null) !== mutation.base) return { outcome: conflict(terms, mutation) }\n',
    replace: `      if ((found?.version ?? null) !== mutation.base) {
        const { clientId } = terms
        answered.set(answerKey(clientId, n), { clientId, n, identity: identityOf(mutation), version: 'none' })
        return { outcome: conflict(terms, mutation) }
      }
`,
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'group-half-applied',
    what: 'What a group wrote before it failed stays',
    file: `${KIT}/push/apply-unit.ts`,
    find: '  plan.restore(saved)\n',
    replace: '',
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'reused-id-accepted',
    what: 'Another mutation under a known id is answered as if it were that one',
    file: `${KIT}/push/push-plan.ts`,
    find: 'if (answer !== undefined && answer.identity !== identityOf(mutation)) {',
    replace: 'if (answer === null) {',
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'results-forgotten-at-once',
    what: 'Results are forgotten with the push they were made in',
    file: `${SQLITE}/push.ts`,
    find: 'remembered.settle(feed.feed, request.clientId, request.settled)',
    replace: 'remembered.settle(feed.feed, request.clientId, Number.MAX_SAFE_INTEGER)',
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'results-purged-with-tombstones',
    what: 'Results are kept no longer than tombstones',
    file: `${SQLITE}/purge.ts`,
    find: 'const resultsBefore = 2 * before - backend.now()',
    replace: 'const resultsBefore = before',
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'cursor-passes-unread-rows',
    what: 'The cursor of a full page is that of the head',
    file: `${SQLITE}/pull.ts`,
    find: 'if (ended && !more) at = reach(backend, feed, to, cap, rows)',
    replace: 'at = to',
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'no-leave',
    what: 'A changed record that does not match any more is left out',
    file: `${KIT}/pull/page.ts`,
    find: "if (!snapshot) changes.push({ kind: 'leave', collection, id, version })",
    replace: '',
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'deletes-not-told',
    what: 'Deleted records are left out of the feed',
    file: `${KIT}/pull/page.ts`,
    find: "if (tombstones) changes.push({ kind: 'delete', ...toRemoteRecord(rowToStored(row), undefined) })",
    replace: '',
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'purge-without-floor',
    what: 'Tombstones go, and cursors that still need them are served',
    file: `${KIT}/feed/standing.ts`,
    find: "if (place.position < feed.floor) return 'expired'",
    replace: '',
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'floor-after-deletes',
    what: 'Tombstones go first, and the floor rises after',
    file: `${SQLITE}/purge.ts`,
    find: `    if (found !== undefined) raiseFloor(backend, found.feed, before)
    return found?.feed
  })
  if (feed === undefined) return { tombstones: 0, results: 0 }
  const tombstones = await removeInSteps(backend, () => {`,
    replace: `    return found?.feed
  })
  if (feed === undefined) return { tombstones: 0, results: 0 }
  const highest = database
    .prepare('SELECT max(key) & 1099511627775 FROM synclayer_record WHERE feed = ? AND deleted = 1 AND stored_at < ?')
    .pluck()
    .safeIntegers(false)
    .get(feed, before) as number | null
  const everything = database.prepare('DELETE FROM synclayer_record WHERE feed = ? AND deleted = 1 AND stored_at < ?')
  const early = await connection.write('purging', null, () => everything.run(feed, before).changes)
  await new Promise((resolve) => setImmediate(resolve))
  const tombstones = early + await removeInSteps(backend, () => {
    database.prepare('UPDATE synclayer_feed SET floor = max(floor, ?) WHERE feed = ?').run(highest ?? 0, feed)`,
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'restore-unnoticed',
    what: 'A cursor of a history that was undone by a restore is served',
    file: `${KIT}/feed/standing.ts`,
    find: "=== place.mark ? 'good' : 'lost'",
    replace: "=== place.mark ? 'good' : 'good'",
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'epoch-ignored',
    what: 'A cursor of another epoch is served',
    file: `${KIT}/feed/standing.ts`,
    find: "if (place === null || place.epoch !== feed.epoch) return 'foreign'",
    replace: "if (place === null) return 'foreign'\n  if (place.epoch !== feed.epoch) return 'good'",
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'versions-sort-as-text',
    what: 'Positions in versions have no fixed width, so the 36th sorts before the 35th',
    file: `${KIT}/feed/version.ts`,
    find: "position.toString(36).padStart(POSITION_WIDTH, '0')",
    replace: 'position.toString(36)',
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'clock-ahead-stored',
    what: "A time far ahead of the backend's clock is stored as it is",
    file: `${KIT}/push/prepare-mutation.ts`,
    find: 'const time = clampTime(mutation.time, now + AHEAD_MS)',
    replace: 'const time = mutation.time',
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'table-name-from-outside',
    what: 'A name out of a request becomes part of a statement',
    file: `${SQLITE}/records.ts`,
    find: 'scan: (feed, from, to, collections, limit) => scan.all(feed, from, feed, to, collections, limit),',
    replace: `scan: (feed, from, to, collections, limit) => {
      const names = (JSON.parse(collections) as string[]).map((name) => "'" + name + "'").join()
      return database.prepare<[number, number, number, number, number], FeedRow>(
        \`SELECT \${COLUMNS} FROM synclayer_record WHERE \${RANGE} AND +collection IN (\${names}) ORDER BY key LIMIT ?\`,
      ).safeIntegers(false).raw().all(feed, from, feed, to, limit)
    },`,
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'model-push-overwrites',
    what: 'A mutation is applied whatever version it was made on',
    file: `${MODEL}/transaction.ts`,
    find: 'if ((current?.version ?? null) !== mutation.base) {',
    replace: 'if (mutation.base === undefined) {',
    proofs: ['exhaustive', 'simulation', MODEL_SUITE],
  },
  {
    name: 'model-forgets-results',
    what: 'A mutation sent again is taken for a new one',
    file: `${MODEL}/transaction.ts`,
    find: '  if (known === undefined) return null\n',
    replace: '  if (known !== null) return null\n',
    proofs: ['exhaustive', MODEL_SUITE],
  },
  {
    name: 'model-drops-tombstones',
    what: 'A deleted record leaves nothing behind',
    file: `${MODEL}/transaction.ts`,
    find: 'feed.records.set(nameOf(mutation), { record, position, storedAt: at })',
    replace:
      'if (record.deleted) feed.records.delete(nameOf(mutation))\n        else feed.records.set(nameOf(mutation), { record, position, storedAt: at })',
    proofs: ['exhaustive', 'simulation', MODEL_SUITE],
  },
  {
    name: 'model-naive-cursor',
    what: 'The head is a cursor although commits below it are not visible yet',
    file: 'packages/core/src/testing/model-backend.ts',
    find: 'horizon = Math.min(horizon, first - 1)',
    replace: 'horizon = feed.head',
    proofs: ['simulation', 'packages/core/src/testing/model-backend.test.ts'],
  },
  {
    name: 'model-scan-without-cap',
    what: 'A page shows what lies behind positions that are not visible yet, and the cursor passes them',
    file: `${MODEL}/pull.ts`,
    find: 'Math.max(from.position, horizon)\n',
    replace: 'Math.max(from.position, horizon, feed.head)\n',
    proofs: ['simulation', 'packages/core/src/testing/model-backend.test.ts'],
  },
  {
    name: 'model-purge-without-floor',
    what: 'Tombstones go, and the floor stays',
    file: `${MODEL}/purge.ts`,
    find: 'for (const [, { position }] of old) feed.floor = Math.max(feed.floor, position)\n',
    replace: '',
    proofs: [MODEL_SUITE],
  },
  {
    name: 'model-epoch-ignored',
    what: 'Cursors of other histories are served',
    file: `${MODEL}/cursor.ts`,
    find: '    epoch === feed.epoch &&\n    position <= feed.head &&\n    history === historyAt(feed, position)',
    replace: '    epoch > 0 && position >= 0 && history > 0',
    proofs: [MODEL_SUITE],
  },
]
