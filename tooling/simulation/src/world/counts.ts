/** What really happened in a run, by name. A fault that never strikes proves nothing. */
export const COUNTED = [
  'edits acknowledged',
  'edits refused by a full disk',
  'edits refused otherwise',
  'edits cut off by a crash',
  'commits on the backend',
  'requests lost',
  'answers lost',
  'answers lost of pushes that were applied',
  'requests answered after their time limit',
  'requests doubled',
  'doubles that arrived after another write',
  'answers garbled',
  'requests without a network',
  'requests with an expired token',
  'requests over the rate limit',
  'crashes at once',
  'crashes before a commit',
  'crashes after a commit',
  'crashes in a read',
  'crashes between open and start',
  'disks full',
  'clock jumps',
  'commits stalled',
  'pulls during a stalled commit',
  'pulls from a replica that was behind',
  'failovers that lost commits',
  'restores noticed',
  'restores unnoticed',
  'changes of epoch met by a client',
  'tombstones purged',
  'cursors expired',
  'stores rolled back',
  'stores copied',
  'mutation ids reused',
  'changes by another process on the store',
  'wake-ups lost',
  'wake-ups for nothing',
  'scope changes',
  'schema upgrades',
  'stores taken over by another version',
  'edits refused to a former version',
  'records refused for good',
  'parked changes retried',
  'unsent changes discarded',
  'conflicts',
  'records recovered',
  'groups committed',
  'deletes committed',
  'observer pages',
] as const
export type Counted = (typeof COUNTED)[number]

export type Counts = Record<Counted, number>

export function noCounts(): Counts {
  return Object.fromEntries(COUNTED.map((name) => [name, 0])) as Counts
}

export function addCounts(to: Counts, more: Counts): void {
  for (const name of COUNTED) to[name] += more[name]
}
