/** Bugs in which of several processes on one store syncs, and for whom: `packages/core/src/leadership`. */
import type { Mutant } from '../mutant.ts'

const LEADERSHIP = 'packages/core/src/leadership'
const SYNC = 'packages/core/src/sync'
const MANY = 'packages/core/src/client/one-of-many.test.ts'

export const LEADERSHIP_MUTANTS: readonly Mutant[] = [
  {
    name: 'frozen-leader-stays',
    what: 'Nobody takes the place of a leader that answers nothing',
    file: `${LEADERSHIP}/watch-state.ts`,
    find: 'if (watch.unanswered >= MOST_UNANSWERED)',
    replace: 'if (watch.unanswered > 1e9)',
    proofs: [MANY, `${LEADERSHIP}/watch-state.test.ts`],
  },
  {
    name: 'answers-are-not-heard',
    what: 'A leader that answers is replaced all the same',
    file: `${LEADERSHIP}/watch-state.ts`,
    find: "  if (watch.heard) return { watch: NEW_WATCH, act: 'rest' }\n",
    replace: '',
    proofs: [`${LEADERSHIP}/watch-state.test.ts`],
  },
  {
    name: 'robbed-leader-goes-on',
    what: 'A leader whose lease was taken goes on syncing',
    file: `${LEADERSHIP}/lease-election.ts`,
    find: '        told.follows()\n',
    replace: '',
    proofs: [MANY],
  },
  {
    name: 'lead-is-kept-at-the-end',
    what: 'A process that closes does not give its lease back',
    file: `${LEADERSHIP}/lease-state.ts`,
    find: 'return lease?.holder === by ? null : lease',
    replace: 'return lease',
    proofs: [MANY, `${LEADERSHIP}/lease-state.test.ts`],
  },
  {
    name: 'followers-sync-too',
    what: 'Processes that follow run rounds of their own accord',
    file: `${SYNC}/sync-state.ts`,
    find: 'return settings.auto && (state.leads || state.leaving.includes(scope))',
    replace: 'return settings.auto',
    proofs: [MANY, `${SYNC}/sync-state.test.ts`],
  },
  {
    name: 'saves-of-followers-wait',
    what: 'What a follower saves is sent with the next round by the clock',
    file: `${SYNC}/foreign-commits.ts`,
    find: 'if (waiting > 0) onWaiting(scope)',
    replace: 'if (waiting > 1e9) onWaiting(scope)',
    proofs: [MANY],
  },
  {
    name: 'sent-by-the-dead',
    what: 'What a follower was sending as it was killed stays unsent',
    file: `${SYNC}/foreign-commits.ts`,
    find: 'else if (sending > 0) noteSending()',
    replace: '',
    proofs: [MANY],
  },
]
