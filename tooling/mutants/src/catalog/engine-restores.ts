/** Bugs in how a restore of the backend is noticed where nobody tells of it: `packages/core/src/sync`. */
import type { Mutant } from '../mutant.ts'

const SYNC = 'packages/core/src/sync'

export const RESTORE_MUTANTS: readonly Mutant[] = [
  {
    name: 'lost-writes-unnoticed',
    what: 'A backend that lost what it acknowledged after the last pull is believed',
    file: `${SYNC}/round.ts`,
    find: 'if (!more && !pulled.told) await confirmAcknowledged(session)',
    replace: '',
    proofs: [`${SYNC}/sync-engine.limits.test.ts`],
  },
  {
    name: 'loss-taken-for-a-conflict',
    what: 'A push that meets less of a record than it was made on is no sign of a restore',
    file: `${SYNC}/acknowledged.ts`,
    find: 'return outcome.current === null ? !sync.gone : outcome.current.version < base',
    replace: 'return false',
    proofs: [`${SYNC}/sync-engine.restored.test.ts`],
  },
  {
    name: 'restore-hidden-by-a-purge',
    what: 'What was acknowledged is not asked for where the cursor has expired, so a restore before the purge is believed',
    file: `${SYNC}/round.ts`,
    find: "if (feed.snapshot.reason === 'expired') await confirmAcknowledged(session, true)",
    replace: '',
    proofs: [`${SYNC}/sync-engine.restored.test.ts`],
  },
  {
    name: 'accepted-unseen-believed',
    what: 'What is accepted after a snapshot that did not show it is taken to be there still',
    file: `${SYNC}/apply-answers.ts`,
    find: 'if (missing.length > 0) addAside(workspace, scope, missing)',
    replace: '',
    proofs: [`${SYNC}/sync-engine.restored.test.ts`],
  },
  {
    name: 'accepted-unseen-not-awaited',
    what: 'What was looked up after a snapshot that did not show it is not waited for, so a restore takes it away unnoticed',
    file: `${SYNC}/set-aside.ts`,
    find: 'return version === undefined || record === undefined ? []',
    replace: 'return version === undefined || record !== undefined ? []',
    proofs: [`${SYNC}/sync-engine.restored.test.ts`],
  },
  {
    name: 'newest-write-alone-awaited',
    what: 'Of each push the newest write alone is waited for, so a restore is missed where another writes in its place',
    file: `${SYNC}/acknowledged.ts`,
    find: '[...parse(workspace.entry(name)), awaited])',
    replace: '[...parse(workspace.entry(name)), awaited.slice(-1)])',
    proofs: ['simulation', `${SYNC}/sync-engine.restored.test.ts`],
  },
  {
    name: 'written-over-taken-for-there',
    what: 'A write that is looked up and was written over is taken to prove that the older ones of its push are there',
    file: `${SYNC}/acknowledged.ts`,
    find: 'await confirmThere(session, older, purged)',
    replace: 'void older',
    proofs: [`${SYNC}/sync-engine.restored.test.ts`],
  },
  {
    name: 'sent-again-taken-for-written-over',
    what: 'A write that another client had to send again, since the backend had lost it, is no sign of a restore',
    file: `${SYNC}/acknowledged.ts`,
    find: 'remote.document !== null && wasSentAgain(record, remote, remote.document)',
    replace: 'false',
    proofs: [`${SYNC}/sync-engine.restored.test.ts`],
  },
  {
    name: 'deleted-and-shown-by-a-replica',
    what: 'What was deleted comes back while a replica that has not come as far is read',
    file: `${SYNC}/pull.ts`,
    find: 'feed.snapshot === null ? withoutOlder(session, workspace, known) : known',
    replace: 'known',
    proofs: [`${SYNC}/sync-engine.restored.test.ts`],
  },
  {
    name: 'shown-by-a-snapshot-for-good',
    what: 'What a snapshot shows is waited for no more, though the feed goes on from before it, and a restore may take it away',
    file: `${SYNC}/pull.ts`,
    find: 'if (movesCursor(feed)) {',
    replace: '{',
    proofs: [`${SYNC}/sync-engine.restored.test.ts`],
  },
]
