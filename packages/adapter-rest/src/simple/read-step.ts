/**
 * One step of reading a collection: as a rule one request. Backends that do not keep to the dialect cost more requests,
 * and come to an end all the same.
 */
import { type RemoteRecord, SyncError } from '@synclayer/core/adapter'
import type { Place } from './simple-cursor.ts'
import type { SimplePage } from './simple-page.ts'
import { advance, hasOnlyTies, ignoresOrder, nextQuestion, type Question, questionPast } from './walk.ts'

/** A collection of a backend. */
export interface Source {
  readonly collection: string
  ask(question: Question): Promise<SimplePage>
  now(): number
  /** Told to those who run the app: the backend does something that may lose changes. */
  warn(message: string): void
}

/** What was given since a reading began. */
export interface Seen {
  readonly versions: Map<string, string>
  /** Pages in a row that brought nothing. */
  barren: number
}

export interface StepRead {
  /** Without those that were given before as they are. */
  readonly records: readonly RemoteRecord[]
  readonly place: Place
  readonly isEnd: boolean
}

/** A backend may pass over so many pages of nothing, such as records it filters, before it is not believed any more. */
const MOST_BARREN = 100

export function nothingSeen(): Seen {
  return { versions: new Map(), barren: 0 }
}

export async function readStep(source: Source, place: Place, limit: number, seen: Seen): Promise<StepRead> {
  const question = nextQuestion(place, limit, source.now())
  const page = await source.ask(question)
  if (page.hasMore === true && page.cursor !== null && page.cursor === place.cursor) {
    const { collection } = source
    const why = `The backend of ${collection} says that there is more, but its cursor does not move.`
    throw new SyncError('PROTOCOL', why, { details: { collection } })
  }
  if (ignoresOrder(question, page)) return readWhole(source, place, question, page, seen)
  const { records, isNews } = take(page, seen)
  seen.barren = isNews ? 0 : seen.barren + 1
  const step = advance(place, page, isNews)
  if (!step.isEnd && seen.barren > MOST_BARREN) {
    source.warn(
      'says again and again that there is more, and gives nothing new: it is asked again with the next poll',
    )
    return { ...step, records, isEnd: true }
  }
  const mayHide = page.cursor === null && page.hasMore !== false && !isNews
  if (mayHide && (page.hasMore === true || hasOnlyTies(place, page))) {
    const beyond = await readPast(source, place, limit, seen)
    if (beyond !== null) return { ...beyond, records: [...records, ...beyond.records] }
  }
  return { ...step, records }
}

/** What is later than the place, where a backend gives no more of its one moment; null: nothing is. */
async function readPast(source: Source, place: Place, limit: number, seen: Seen): Promise<StepRead | null> {
  const page = await source.ask(questionPast(place, limit))
  const { records, isNews } = take(page, seen)
  if (!isNews) return null
  source.warn(
    'has more records of one moment than it gives at once, and no cursor: some of them are never seen. Give a cursor, or larger pages',
  )
  return { ...advance(place, page, isNews), records }
}

/** Asks for more and more, until it gives no more than before. */
async function readWhole(
  source: Source,
  place: Place,
  question: Question,
  first: SimplePage,
  seen: Seen,
): Promise<StepRead> {
  source.warn(
    'does not give its records in the order of updatedAt, or not those after since: all of it is read each time, and nothing after its last page. Give a cursor, or sort by updatedAt',
  )
  let page = first
  let { limit } = question
  let before = -1
  while (page.records.length >= limit && page.records.length > before) {
    before = page.records.length
    limit = 2 * before
    page = await source.ask({ ...question, limit })
  }
  return { records: take(page, seen).records, place: advance(place, page, false).place, isEnd: true }
}

/** What of the page has not been given yet, as it is now. News is what has not been given at all. */
function take(
  page: SimplePage,
  { versions }: Seen,
): { readonly records: readonly RemoteRecord[]; readonly isNews: boolean } {
  let isNews = false
  const records: RemoteRecord[] = []
  for (const { record } of page.records) {
    const { id, version } = (record ?? {}) as Partial<RemoteRecord>
    const known = id === undefined ? undefined : versions.get(id)
    if (known === undefined && id !== undefined) isNews = true
    if (known !== undefined && known === version) continue
    if (id !== undefined) versions.set(id, version ?? '')
    records.push(record)
  }
  return { records, isNews }
}
