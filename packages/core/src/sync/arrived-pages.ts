/**
 * Pages that came along with wake-ups, kept until the next round: there they stand for pulls, where they follow on the
 * stored cursor without a gap (W21). Nothing of it outlives the process, and nothing is lost with it: the feed still has
 * all of it.
 */
import { type CheckedPull, checkPullResponse } from '../document/check-response.ts'
import type { Wake } from '../ports/adapter.ts'
import type { Cursor } from '../protocol/identifiers.ts'

/** What has arrived for a round that begins at a cursor. */
export interface Arrived {
  /** Each follows on the one before, the first on the cursor. */
  readonly pages: readonly CheckedPull[]
  /** They lead to the newest place that was told of; else the backend has to be asked. */
  readonly complete: boolean
}

export interface ArrivedPages {
  /** False where it cannot be used: then it is a wake-up like any other. */
  add(page: NonNullable<Wake['page']>): boolean
  /** What follows on the cursor. Everything else is forgotten. */
  take(cursor: Cursor | null): Arrived
  /** What was taken came to nothing: the backend has to be asked. */
  returnTaken(): void
}

/** As many changes as one round commits at once; of more, the backend is asked. */
const MOST_CHANGES = 5_000
const MOST_PAGES = 1_000

const ASK: Arrived = { pages: [], complete: false }

interface Kept {
  readonly from: Cursor
  readonly page: CheckedPull
}

export function createArrivedPages(): ArrivedPages {
  let kept: Kept[] = []
  let changes = 0
  let hasGap = false

  const forget = (): void => {
    kept = []
    changes = 0
    hasGap = false
  }

  return {
    add(page) {
      const checked = readPage(page)
      if (checked === null) return false
      const count = checked.response.changes.length
      if (changes + count > MOST_CHANGES || kept.length === MOST_PAGES) {
        forget()
        hasGap = true
        return false
      }
      kept.push({ from: page.from, page: checked })
      changes += count
      return true
    },
    take(cursor) {
      const told = kept
      const isAsked = hasGap || cursor === null
      forget()
      return isAsked ? ASK : chainFrom(cursor, told)
    },
    returnTaken() {
      hasGap = true
    },
  }
}

/** In whatever order they came: those ahead of the cursor are taken, those that led to it are passed over. */
function chainFrom(cursor: Cursor, told: readonly Kept[]): Arrived {
  const pages: CheckedPull[] = []
  const reached = new Set([cursor])
  const byFrom = new Map(told.map((kept) => [kept.from, kept.page]))
  for (let next = byFrom.get(cursor); next !== undefined; next = byFrom.get(next.response.cursor)) {
    const to = next.response.cursor
    if (reached.has(to)) break
    reached.add(to)
    pages.push(next)
  }
  const fromByCursor = new Map(told.map(({ from, page }) => [page.response.cursor, from]))
  for (let back = fromByCursor.get(cursor); back !== undefined; back = fromByCursor.get(back)) {
    if (reached.has(back)) break
    reached.add(back)
  }
  return { pages, complete: told.every(({ page }) => reached.has(page.response.cursor)) }
}

function readPage(page: NonNullable<Wake['page']>): CheckedPull | null {
  try {
    return typeof page.from === 'string' ? checkPullResponse(page) : null
  } catch {
    return null
  }
}
