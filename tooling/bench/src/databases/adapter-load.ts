import { randomBytes } from 'node:crypto'
import { type AdapterContext, type BackendAdapter, formatHlc, type Mutation } from '@synclayer/core/adapter'
import type { Todo } from '../documents.ts'
import type { DatabaseLoad } from './load.ts'

const SCOPE = 'default'
const COLLECTION = 'todos'

/** Pushes and pulls as clients do, all in one scope and so in one feed, which is the most they can be in each other's way. */
export async function adapterLoad(adapter: BackendAdapter): Promise<DatabaseLoad> {
  await adapter.open(CONTEXT)
  const start = { scope: SCOPE, collections: [], cursor: null, limit: 0 }
  const { cursor, epoch } = await adapter.pull(start, never())
  const sent = new Map<number, number>()
  return {
    async write(client, todos) {
      const from = sent.get(client) ?? 1
      sent.set(client, from + todos.length)
      const clientId = `client-${client}`
      const mutations = todos.map((todo, index) => putOf(todo, `${clientId}.${from + index}`))
      const request = { scope: SCOPE, clientId, settled: from, epoch, cursor, mutations }
      const { results } = await adapter.push(request, never())
      const refused = results.find(({ status }) => status !== 'accepted')
      if (refused !== undefined) throw new Error(`A mutation was not accepted: ${JSON.stringify(refused)}`)
    },
    async *pages(pageSize) {
      for (let from: string | null = null, hasMore = true; hasMore;) {
        const request = { scope: SCOPE, collections: [{ name: COLLECTION }], cursor: from, limit: pageSize }
        const page = await adapter.pull(request, never())
        yield page.changes
        from = page.cursor
        hasMore = page.hasMore
      }
    },
    close: () => adapter.close(),
  }
}

/** As a server makes one for each request. */
function never(): AbortSignal {
  return new AbortController().signal
}

const CONTEXT: AdapterContext = {
  collections: [COLLECTION],
  scopes: [SCOPE],
  logger: { log: () => undefined },
  clock: { now: () => Date.now() },
  random: { bytes: (length) => randomBytes(length), next: () => Math.random() },
  traffic: { sent: () => undefined, received: () => undefined },
}

function putOf(todo: Todo, id: string): Mutation {
  return {
    id,
    collection: COLLECTION,
    recordId: todo.id,
    kind: 'put',
    base: null,
    data: { ...todo },
    time: formatHlc({ ms: Date.now(), counter: 0, node: '00000000000000a1' }),
    schema: 1,
  }
}
