/** What a client can be asked to do. What goes in and what comes out crosses from one process to another. */
import type { ConflictEvent } from '@synclayer/core'
import type { Database } from './database.ts'
import { loadDataSet } from './data-set.ts'
import { type Digest, digestOf } from './digest.ts'
import { type Author, edit } from './edits.ts'
import { type MostVisited, watchMostVisited } from './most-visited.ts'
import { unexpectedIn } from './unexpected.ts'

/** How far something is. */
export type Report = (done: number, total: number) => void

/** What was sent or received. */
interface Passage {
  readonly records: number
  readonly ms: number
}

interface Sending extends Passage {
  /** As they were on the wire. */
  readonly bytes: number
  readonly pending: number
  readonly parked: number
}

const CHUNK = 1000

export type Acts = ReturnType<typeof createActs>

export function createActs(db: Database) {
  const cities = db.collection('cities')
  const countries = db.collection('countries')
  let watched: MostVisited | undefined

  return {
    /** That many cities and all countries, saved in the store. */
    async importEverything(cityCount: number, report: Report) {
      const dataSet = loadDataSet(cityCount)
      const total = dataSet.cities.length + dataSet.countries.length
      const startedAt = performance.now()
      await countries.saveAll(dataSet.countries)
      for (let from = 0; from < dataSet.cities.length; from += CHUNK) {
        await cities.saveAll(dataSet.cities.slice(from, from + CHUNK))
        report(dataSet.countries.length + from, total)
      }
      return { records: total, ms: performance.now() - startedAt, pending: db.status.pending }
    },

    /** Comes online and sends all there is. */
    async sendAll(_: null, report: Report): Promise<Sending> {
      const total = db.status.pending
      const before = db.metrics().bytes.sent
      const stop = db.status.subscribe(({ pending }) => report(total - pending, total))
      const startedAt = performance.now()
      db.resume()
      const { pushed } = await db.sync()
      const ms = performance.now() - startedAt
      stop()
      const { pending, parked } = db.status
      return { records: pushed, ms, bytes: db.metrics().bytes.sent - before, pending, parked }
    },

    /** Receives all there is. */
    async receiveAll(_: null, report: Report): Promise<Passage> {
      const startedAt = performance.now()
      const stop = db.status.subscribe(({ progress }) => {
        if (progress !== null && progress.remaining !== null)
          report(progress.done, progress.done + progress.remaining)
      })
      await db.sync()
      const ms = performance.now() - startedAt
      stop()
      const records = (await cities.count()) + (await countries.count())
      return { records, ms }
    },

    async mostVisitedOf(country: string) {
      const startedAt = performance.now()
      const first = await cities.where('country', '==', country).orderBy('visits', 'desc').first()
      return { name: first?.name ?? 'unknown', ms: performance.now() - startedAt }
    },

    async goOffline() {
      db.pause()
      return db.status.phase
    },

    /** What that person edits while offline; answers what waits to be sent then. */
    async edit(author: Author) {
      await edit(db, author)
      const items = await db.outbox.list()
      return items.map(({ kind, id, group }) => ({ kind, id, inTransaction: group !== undefined }))
    },

    /** Comes online and meets what others did. */
    async meet() {
      const found: ConflictEvent[] = []
      const stop = db.on('conflict', (conflict) => found.push(conflict))
      db.resume()
      const { pushed, conflicts } = await db.sync()
      stop()
      return { pushed, conflicts, found }
    },

    async watchMostVisited() {
      watched?.close()
      watched = await watchMostVisited(db)
    },

    /** Whether the watched query comes to show that city with so many visits, by itself. */
    async seesVisits({ name, visits, timeoutMs }: { name: string; visits: number; timeoutMs: number }) {
      return watched?.shows(name, visits, timeoutMs) ?? false
    },

    /** What the watched query has told since the last time. */
    async newsOfMostVisited() {
      return { news: watched?.news() ?? [], current: watched?.current() ?? '' }
    },

    async syncOnce() {
      await db.sync()
    },

    async digest(): Promise<Digest> {
      return digestOf(db)
    },

    async unexpected(): Promise<readonly string[]> {
      return unexpectedIn(db)
    },
  }
}
