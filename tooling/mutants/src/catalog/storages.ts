/** Bugs in what keeps the data on the device: the memory storage, and SQLite. */
import type { Mutant } from '../mutant.ts'

const MEMORY = 'packages/core/src/storage-memory'
const SQLITE = 'packages/storage-sqlite/src'
const MEMORY_SUITE = 'packages/conformance/src/storage/memory-storage.conformance.test.ts'
const SQLITE_SUITE = 'packages/storage-sqlite/src/sqlite-storage.conformance.test.ts'

export const STORAGE_MUTANTS: readonly Mutant[] = [
  {
    name: 'memory-entries-unguarded',
    what: 'Preconditions on entries are not checked',
    file: `${MEMORY}/memory-commit.ts`,
    find: 'return (present?.revision ?? null) === condition.revision',
    replace: "return 'entry' in condition || (present?.revision ?? null) === condition.revision",
    proofs: [MEMORY_SUITE],
  },
  {
    name: 'memory-half-a-batch',
    what: 'A batch that cannot be written whole leaves its first part',
    file: `${MEMORY}/memory-commit.ts`,
    find: '  for (const { collection } of removals) find(collection)\n',
    replace: '',
    proofs: [MEMORY_SUITE],
  },
  {
    name: 'memory-revisions-come-again',
    what: 'A record created again after its removal has the revisions of before',
    file: `${MEMORY}/memory-commit.ts`,
    find: 'putRow(collection, write, ++store.revision)',
    replace: 'putRow(collection, write, (old?.revision ?? 0) + 1)',
    proofs: [MEMORY_SUITE],
  },
  {
    name: 'memory-outbox-keeps-old-rows',
    what: 'A row that was written again stands in the outbox twice',
    file: `${MEMORY}/memory-commit.ts`,
    find: '    if (old !== undefined) leaveOutbox(store, old)\n',
    replace: '',
    proofs: [MEMORY_SUITE],
  },
  {
    name: 'memory-index-keeps-old-keys',
    what: 'A removed row stays in the indexes',
    file: `${MEMORY}/memory-collection.ts`,
    find: 'if (key !== undefined) collection.indexes[index]?.delete({ key, id })',
    replace: '',
    proofs: [MEMORY_SUITE],
  },
  {
    name: 'sqlite-entries-unguarded',
    what: 'Preconditions on entries are not checked',
    file: `${SQLITE}/commit-batch.ts`,
    find: 'if (connection.entries.revisionOf(condition.entry) !== condition.revision) return null',
    replace: '',
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'sqlite-stale-written',
    what: 'A record that is not as it was expected is written over',
    file: `${SQLITE}/commit-batch.ts`,
    find: 'if (wanted !== UNSAID && old?.revision !== wanted) return false',
    replace: '',
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'sqlite-stale-keeps-a-part',
    what: 'What a stale commit wrote before it was found stale stays',
    file: `${SQLITE}/store-connection.ts`,
    find: ';(isWanted ? commit : rollback).run()',
    replace: 'commit.run()',
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'sqlite-revisions-begin-anew',
    what: 'Revisions begin at 0 again whenever the store is opened',
    file: `${SQLITE}/revisions.ts`,
    find: 'next = takeBlocks(blocks) * blockSize',
    replace: 'next = 0',
    proofs: [SQLITE_SUITE, `${SQLITE}/revisions.test.ts`],
  },
  {
    name: 'sqlite-page-repeats-its-last-row',
    what: 'A page begins with the last row of the one before',
    file: `${SQLITE}/query-to-sql.ts`,
    find: 'else this.add(`(${this.#walked.column}, id) > (?, ?)`, key, id)',
    replace: 'else this.add(`(${this.#walked.column}, id) >= (?, ?)`, key, id)',
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'sqlite-ids-fall-with-keys',
    what: 'In falling order, rows of one key come by falling id',
    file: `${SQLITE}/read-page.ts`,
    find: 'for (const run of runs) rows.push(...run.reverse())',
    replace: 'for (const run of runs) rows.push(...run)',
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'sqlite-outbox-by-id',
    what: 'The outbox is in the order of ids, not of edits',
    file: `${SQLITE}/outbox.ts`,
    find: 'WHERE lane = ? AND scope = ? AND ord > ? ORDER BY ord`',
    replace: 'WHERE lane = ? AND scope = ? AND ord > ? ORDER BY id`',
    proofs: [SQLITE_SUITE],
  },
  {
    name: 'sqlite-checksum-unchecked',
    what: 'A damaged row is given out as if it were whole',
    file: `${SQLITE}/record-row.ts`,
    find: 'if (checksumOf(record, revision) === checksum) return record',
    replace: 'return record',
    proofs: [`${SQLITE}/damage.test.ts`],
  },
  {
    name: 'sqlite-damaged-row-overwritten',
    what: 'A damaged row is written over without a copy',
    file: `${SQLITE}/commit-batch.ts`,
    find: 'if (isDamaged(old)) table.setAside(record.id)',
    replace: '',
    proofs: [`${SQLITE}/damage.test.ts`],
  },
]
