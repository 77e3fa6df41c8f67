/**
 * Revisions that never come again, without a counter that every commit would have to write: whoever opens the store takes
 * a block of numbers for itself, by one small transaction, and counts within it (ST3).
 */
export interface Revisions {
  /** Makes sure of this many; takes new blocks where the present one is too small for them. Not within a transaction. */
  readonly reserve: (count: number) => void
  readonly next: () => number
}

/** How many revisions a block has: 2^29 blocks of 2^24 fit into the safe integers. */
const BLOCK_SIZE = 0x1_00_00_00

/** Counts within blocks. `takeBlocks` answers the first of so many neighbouring numbers that no one else ever gets. */
export function createRevisions(
  takeBlocks: (count: number) => number,
  blockSize: number = BLOCK_SIZE,
): Revisions {
  let next = 0
  let end = 0
  return {
    reserve(count) {
      if (end - next >= count) return
      const blocks = Math.ceil(count / blockSize)
      next = takeBlocks(blocks) * blockSize
      end = next + blocks * blockSize
    },
    next: () => next++,
  }
}
