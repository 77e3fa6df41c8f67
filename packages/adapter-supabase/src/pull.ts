import { isStorable, lensesOf } from '@synclayer/adapter-kit'
import {
  checkPullRequest,
  checkPullResponse,
  isSyncError,
  type PullCollection,
  type PullRequest,
  type PullResponse,
} from '@synclayer/core/adapter'
import type { Api } from './api.ts'
import { MAX_ROWS } from './limits.ts'
import { readRows, rowToChange } from './rows.ts'

/** Reads the feed: fewer rows at a time where more would take longer, or be larger, than the project allows. */
export async function pull(api: Api, asked: PullRequest, signal: AbortSignal): Promise<PullResponse> {
  const request = checkPullRequest(asked)
  const { scope, cursor } = request
  const lenses = lensesOf(request.collections)
  const collections = request.collections.map(narrowing)
  const readPage = (answer: Readonly<Record<string, unknown>>): PullResponse => {
    const { rows, end } = readRows(answer)
    const { epoch, hasMore, remaining, serverTime } = end
    const page = { changes: [], cursor: end['cursor'], epoch, hasMore, remaining, serverTime }
    const changes = rows.map((row) => rowToChange(row, lenses, end['isSnapshot'] === true))
    return { ...checkPullResponse(page).response, changes: changes.filter((change) => change !== null) }
  }
  for (let limit = Math.min(request.limit, MAX_ROWS); ; limit = Math.floor(limit / 2)) {
    try {
      const text = JSON.stringify({ request: { scope, collections, cursor, limit } })
      return await api.call('pull', text, readPage, signal)
    } catch (error) {
      if (limit <= 1 || !isTooMuch(error)) throw error
    }
  }
}

/** The statement was cancelled for its length, or the answer larger than any that is taken. */
function isTooMuch(error: unknown): boolean {
  if (!isSyncError(error)) return false
  return error.details['sqlstate'] === '57014' || error.details['tooLarge'] === true
}

/**
 * What the database needs of a collection. By a filter it leaves out what cannot match, where it can; it decides nothing, and
 * cannot read texts that it cannot hold, which no record has. By a projection it sends less, where no filter needs the rest.
 */
function narrowing({ name, filter, fields }: PullCollection): PullCollection {
  const projection = fields === undefined ? {} : { fields }
  const more = filter === undefined ? projection : { filter }
  return isStorable(JSON.stringify(more)) ? { name, ...more } : { name }
}
