import type { DatabaseLoad, OpenLoads } from '../databases/load.ts'
import { DATABASES } from '../databases/loads.ts'
import {
  type Call,
  measureThroughput,
  type Throughput,
  THROUGHPUT_HEAD,
  throughputRow,
} from '../databases/throughput.ts'
import { todoAt } from '../documents.ts'

const BATCHES = [1, 20, 100] as const
const CLIENTS = [1, 16] as const
/** The last page is not full, so that nobody looks for another. */
const READ_ROWS = 20_500
const PAGE = 1_000
const FILL = 500

/** A run for a first look takes less of each. */
const ROUND_MS = Number(process.env['SYNCLAYER_BENCH_MS'] ?? 2_000)
const ROUNDS = 3

/**
 * Pushes and pulls on every database, each beside the plain driver: inserts of the same documents, of many rows in one statement
 * and one transaction a batch, and selects of them. The adapter has the database to itself, as in a server.
 */
export async function servers(): Promise<readonly Throughput[]> {
  console.log(THROUGHPUT_HEAD)
  const wanted = process.env['SYNCLAYER_BENCH_ADAPTERS']?.split(',')
  const figures: Throughput[] = []
  for (const [adapter, open] of Object.entries(DATABASES)) {
    if (wanted !== undefined && !wanted.includes(adapter)) continue
    for await (const figure of onDatabase(await open(Math.max(...CLIENTS)))) {
      figures.push(figure)
      console.log(throughputRow(figure))
    }
  }
  return figures
}

async function* onDatabase({ product, ours, plain, remove }: OpenLoads): AsyncIterable<Throughput> {
  const write = todoWriter()
  const measure = { database: product, roundMs: ROUND_MS, rounds: ROUNDS }
  try {
    for (const load of [plain, ours]) for (let rows = 0; rows < READ_ROWS;) rows += await write(load, FILL)(0)
    yield await measureThroughput({
      ...measure,
      work: `pull, pages of ${PAGE.toLocaleString('en')}`,
      clients: 1,
      ours: readerOf(ours),
      plain: readerOf(plain),
    })
    for (const clients of CLIENTS) {
      for (const batch of BATCHES) {
        yield await measureThroughput({
          ...measure,
          work: `push of ${batch}, ${clients} ${clients === 1 ? 'client' : 'clients'}`,
          clients,
          ours: write(ours, batch),
          plain: write(plain, batch),
        })
      }
    }
  } finally {
    await Promise.all([ours.close(), plain.close()])
    await remove()
  }
}

/** Each call writes a batch of documents that nobody has written before. */
function todoWriter(): (load: DatabaseLoad, batch: number) => Call {
  let next = 0
  return (load, batch) => async (client) => {
    const todos = Array.from({ length: batch }, () => todoAt(next++))
    await load.write(client, todos)
    return batch
  }
}

/** Each call reads a page; after the last comes the first. */
function readerOf(load: DatabaseLoad): Call {
  let pages = load.pages(PAGE)[Symbol.asyncIterator]()
  return async () => {
    const page = await pages.next()
    if (page.done !== true) return page.value.length
    pages = load.pages(PAGE)[Symbol.asyncIterator]()
    return 0
  }
}
