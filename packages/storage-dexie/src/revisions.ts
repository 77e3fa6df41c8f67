/**
 * Revisions that never come again, without a counter that every commit would have to write: whoever opens the store takes
 * a block of numbers for itself and counts within it (ST3).
 */
export interface Revisions {
  /** True where there are this many left. */
  readonly has: (count: number) => boolean
  /** Goes on with blocks of one's own: so many neighbouring ones from `first` on. */
  readonly take: (first: number, blocks: number) => void
  readonly next: () => number
}

/** How many revisions a block has: 2^29 blocks of 2^24 fit into the safe integers. */
const BLOCK_SIZE = 0x1_00_00_00

/** How many blocks so many revisions need. */
export function blocksFor(count: number): number {
  return Math.max(1, Math.ceil(count / BLOCK_SIZE))
}

/** Has none at first. */
export function createRevisions(): Revisions {
  let next = 0
  let end = 0
  return {
    has: (count) => end - next >= count,
    take(first, blocks) {
      next = first * BLOCK_SIZE
      end = next + blocks * BLOCK_SIZE
    },
    next: () => next++,
  }
}
