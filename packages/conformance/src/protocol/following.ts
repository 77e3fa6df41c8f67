/** One subscription as a client holds it: where it is, and that each page begins there. */
import type { Change, Cursor } from '@synclayer/core/adapter'
import type { ClientMessage, ServerMessage } from '@synclayer/core/protocol'
import { assert, assertEqual, assertPresent } from '../expect.ts'
import type { TestClient } from '../adapter/test-client.ts'
import type { TestSocket } from './socket.ts'

type Subscribe = Extract<ClientMessage, { readonly type: 'subscribe' }>

export interface Following {
  readonly id: number
  /** Where the last page led. */
  readonly cursor: Cursor | null
  /** Reads pages until there were so many changes, and answers them. Anything else than a page fails. */
  read(count: number): Promise<readonly Change[]>
  /** Takes a message that came for this subscription: it must be a page, and begin where the last one ended. */
  take(message: ServerMessage): readonly Change[]
}

/** Subscribes where the client is, and waits until the server has said so. */
export async function follow(
  socket: TestSocket,
  client: TestClient,
  options: Partial<Pick<Subscribe, 'id' | 'collections' | 'cursor'>> = {},
): Promise<Following> {
  const { id = 1, collections = [{ name: 'todos' }] } = options
  const start = options.cursor === undefined ? client.cursor : options.cursor
  socket.send({ type: 'subscribe', id, scope: client.scope, collections, cursor: start })
  let answer = await socket.next()
  // What was under way for the place the id stood at before may still come.
  while ((answer.type === 'wake' || answer.type === 'page') && answer.id === id) answer = await socket.next()
  assertEqual([answer.type, 'id' in answer && answer.id], ['subscribed', id], 'answer to subscribe')
  let cursor = start
  const following: Following = {
    id,
    get cursor() {
      return cursor
    },
    take: (message) => {
      assert(message.type === 'page', `Expected a page, got ${JSON.stringify(message).slice(0, 300)}`)
      assertEqual(message.id, id, 'subscription of the page')
      assertEqual(message.page.from, cursor, 'where the page begins')
      cursor = message.page.cursor
      return message.page.changes
    },
    read: async (count) => {
      const changes: Change[] = []
      while (changes.length < count) changes.push(...following.take(await socket.next()))
      assertEqual(changes.length, count, 'changes')
      return changes
    },
  }
  return following
}

/** Goes on after a wake-up: pulls to the head, and subscribes again there, under the same id. */
export async function catchUp(socket: TestSocket, client: TestClient, { id }: Following): Promise<Following> {
  await client.pullAll()
  return follow(socket, client, { id, cursor: assertPresent(client.cursor) })
}
