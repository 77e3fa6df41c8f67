/**
 * Pull: the database walks the feed and gives rows; here they become changes, and filters have their say. Each call is one
 * statement that sees one moment, so nothing is missed between rows and cursor (A1, A4).
 */
import { checkPull, createPage, isStorable, lensesOf, type Page } from '@synclayer/adapter-kit'
import type { Cursor, PullCollection, PullRequest, PullResponse } from '@synclayer/core/adapter'
import { type Ending, malformed, readRows, ROW, toFeedRow } from './answer.ts'
import type { Backend } from './backend.ts'
import type { TextRow } from './connection.ts'

// A page that finds little ends after so many calls: whoever pulls is to see that it goes on.
const CALLS_PER_PAGE = 20
/** Rows of a filtered snapshot that are asked for at a time, by the room that the page has. */
const FILTERED_ROWS = { perRoom: 2, least: 64, most: 2_000 }

/** Reads the feed from a cursor, or everything from none. */
export async function pull(
  backend: Backend,
  request: PullRequest,
  signal: AbortSignal,
): Promise<PullResponse> {
  checkPull(request)
  if (!isStorable(JSON.stringify(request.cursor))) throw malformed('cursor')
  const page = createPage(lensesOf(request.collections), request.limit)
  let { cursor } = request
  for (let calls = 1; ; calls++) {
    const { records, ending } = await read(
      backend,
      request,
      cursor,
      request.limit - page.changes.length,
      signal,
    )
    const endedAt = addRecords(page, records, ending.isSnapshot)
    cursor = endedAt ?? ending.cursor
    const hasMore = endedAt !== null || ending.hasMore
    if (!hasMore || page.isFull || calls === CALLS_PER_PAGE) {
      const { epoch, serverTime } = ending
      const remaining = hasMore ? Math.max(1, ending.remaining) : 0
      return { changes: page.changes, cursor, epoch, hasMore, remaining, serverTime }
    }
  }
}

interface Rows {
  readonly records: readonly TextRow[]
  readonly ending: Ending
}

async function read(
  { connection, schema, memory }: Backend,
  { scope, collections }: PullRequest,
  cursor: Cursor | null,
  room: number,
  signal: AbortSignal,
): Promise<Rows> {
  const isFiltered = collections.some(({ filter }) => filter !== undefined)
  const { perRoom, least, most } = FILTERED_ROWS
  const request = { scope, cursor, limit: room, collections: collections.flatMap(narrowing) }
  const options = {
    known: memory.seen(scope),
    ...(isFiltered ? { snapshotRows: Math.min(Math.max(room * perRoom, least), most) } : {}),
  }
  const values = [JSON.stringify(request), JSON.stringify(options)]
  const rows = readRows(
    await connection.run('pulling', signal, `SELECT * FROM ${schema}.pull($1, $2)`, values),
  )
  const { epoch, head } = rows.ending
  memory.note(scope, { epoch, head: Number(head) })
  return rows
}

/** What the database needs of a collection to leave out what cannot match. No record has a name that it cannot hold. */
function narrowing({ name, filter }: PullCollection): readonly PullCollection[] {
  const asked = [filter === undefined ? { name } : { name, filter }, { name }]
  return asked.filter((each) => isStorable(JSON.stringify(each))).slice(0, 1)
}

/** Adds records while there is room. Answers the cursor after the last one where others were left, else null. */
function addRecords(page: Page, records: readonly TextRow[], isSnapshot: boolean): Cursor | null {
  let at: Cursor | null = null
  for (const record of records) {
    // Only a filtered snapshot gives more than there is room for, and then every record has a cursor.
    if (at !== null && page.isFull) return at
    page.add(toFeedRow(record), { snapshot: isSnapshot, tombstones: true })
    at = record[ROW.cursor] ?? null
  }
  return null
}
