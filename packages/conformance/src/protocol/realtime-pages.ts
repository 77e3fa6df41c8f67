import type { Change, PullCollection, PullResponse } from '@synclayer/core/adapter'
import { MAX_SOCKET_PAGE_BYTES, SOCKET_PROTOCOL } from '@synclayer/core/protocol'
import type { TestClient } from '../adapter/test-client.ts'
import { assert, assertEqual } from '../expect.ts'
import type { ProtocolBench, ProtocolTest } from './bench.ts'
import { catchUp, follow } from './following.ts'

/** Following a scope over a socket: pages chained by their cursors, and wake-ups where a page does not do. */
export function realtimePageTests(test: ProtocolTest): void {
  test('a server that says it has realtime opens a socket, of the subprotocol it speaks', async (bench) => {
    assertEqual((await bench.socket()).protocol, SOCKET_PROTOCOL, 'subprotocol')
  })

  test('the very first connection delivers', async (bench) => {
    const [writer, reader] = [await bench.client(), await bench.client()]
    const socket = await bench.socket()
    const following = await follow(socket, reader)
    const recordId = bench.name()
    const version = await writer.write({ recordId, data: { id: recordId, n: 1 } })
    const [change] = await following.read(1)
    assertEqual(
      change?.kind === 'put' && [change.id, change.version, change.data],
      [recordId, version, { id: recordId, n: 1 }],
      'the change',
    )
    assertEqual((await pullFrom(bench, following.cursor)).changes, [], 'what is left to pull')
  })

  test('each page begins where the one before ended, and none is missing', async (bench) => {
    const [writer, reader] = [await bench.client(), await bench.client()]
    const following = await follow(await bench.socket(), reader)
    const ids = Array.from({ length: 12 }, () => bench.name())
    const changes: Change[] = []
    for (const recordId of ids) {
      await writer.write({ recordId })
      if (ids.indexOf(recordId) % 3 === 2) changes.push(...(await following.read(3)))
    }
    assertEqual(
      changes.map(({ id }) => id),
      ids,
      'ids',
    )
  })

  test('a page is what a pull from there gives, filter and projection included (A7)', async (bench) => {
    const [writer, reader] = [await bench.client(), await bench.client()]
    const collection: PullCollection = {
      name: 'todos',
      filter: { op: '==', path: ['done'], value: false },
      ...(bench.hello.capabilities.patch ? { fields: { except: ['secret'] } } : {}),
    }
    const following = await follow(await bench.socket(), reader, {
      collections: [collection, { name: 'lists' }],
    })
    const [matching, other, listed] = [bench.name(), bench.name(), bench.name()]
    const changes: Change[] = []
    await writer.write({ recordId: matching, data: { id: matching, done: false, secret: 1 } })
    changes.push(...(await following.read(1)))
    const base = await writer.write({ recordId: other, data: { id: other, done: true, secret: 2 } })
    changes.push(...(await following.read(1)))
    await writer.write({ recordId: listed, collection: 'lists' })
    changes.push(...(await following.read(1)))
    await writer.write({ recordId: other, kind: 'delete', base })
    changes.push(...(await following.read(1)))
    const pulled = await pullFrom(bench, reader.cursor, [collection, { name: 'lists' }])
    const latest = new Map(changes.map((change) => [`${change.collection}/${change.id}`, change]))
    const byName = (list: readonly Change[]): readonly Change[] =>
      list.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    assertEqual(byName([...latest.values()]), byName(pulled.changes), 'changes')
  })

  test('what was missed while away comes first', async (bench) => {
    const [writer, reader] = [await bench.client(), await bench.client()]
    const away = await bench.socket()
    const before = await follow(away, reader)
    await writer.write({ recordId: bench.name() })
    await before.read(1)
    await away.close()
    const missed = [bench.name(), bench.name()]
    for (const recordId of missed) await writer.write({ recordId })
    const following = await follow(await bench.socket(), reader, { cursor: before.cursor })
    assertEqual(
      (await following.read(2)).map(({ id }) => id),
      missed,
      'ids missed',
    )
    const now = bench.name()
    await writer.write({ recordId: now })
    assertEqual(
      (await following.read(1)).map(({ id }) => id),
      [now],
      'ids since',
    )
  })

  test('without a cursor the server says to pull, and goes on from where that led', async (bench) => {
    const [writer, reader] = [await bench.client(), await bench.client()]
    const socket = await bench.socket()
    const blind = await follow(socket, reader, { cursor: null })
    assertEqual((await socket.expect('wake')).id, blind.id, 'subscription woken')
    const following = await catchUp(socket, reader, blind)
    const recordId = bench.name()
    await writer.write({ recordId })
    assertEqual(
      (await following.read(1)).map(({ id }) => id),
      [recordId],
      'ids',
    )
  })

  test('more than a page tells is a wake-up, and so is what follows, until the client has caught up', async (bench) => {
    const [writer, reader] = [await bench.client(), await bench.client()]
    const socket = await bench.socket()
    const lost = await follow(socket, reader)
    await writeTooMuch(writer, bench)
    assertEqual((await socket.expect('wake')).id, lost.id, 'subscription woken')
    const late = bench.name()
    await writer.write({ recordId: late })
    assertEqual((await socket.expect('wake')).id, lost.id, 'subscription woken again')
    const following = await catchUp(socket, reader, lost)
    assert(reader.get(late) !== undefined, 'The pull brought all of it')
    const recordId = bench.name()
    await writer.write({ recordId })
    // The server may have said so once more before it heard of the new place.
    let message = await socket.next()
    while (message.type === 'wake') message = await socket.next()
    assertEqual(
      following.take(message).map(({ id }) => id),
      [recordId],
      'ids after catching up',
    )
  })

  test('after unsubscribing nothing comes any more; the other subscription goes on', async (bench) => {
    const [writer, reader] = [await bench.client(), await bench.client()]
    const socket = await bench.socket()
    await follow(socket, reader, { id: 1 })
    const other = await follow(socket, reader, { id: 2, collections: [{ name: 'lists' }] })
    socket.send({ type: 'unsubscribe', id: 1 })
    // The server has taken it once it answers what was sent after it.
    await socket.assertQuiet()
    await writer.write({ recordId: bench.name() })
    await writer.write({ recordId: bench.name(), collection: 'lists' })
    let changes: readonly Change[] = []
    while (changes.length === 0) changes = other.take(await socket.next())
    assertEqual(
      changes.map(({ collection }) => collection),
      ['lists'],
      'collections',
    )
    await socket.assertQuiet()
    socket.send({ type: 'unsubscribe', id: 77 })
    await socket.assertQuiet()
  })

  test('an id in use moves to the new place', async (bench) => {
    const [writer, reader] = [await bench.client(), await bench.client()]
    const socket = await bench.socket()
    await follow(socket, reader, { id: 7 })
    const moved = await follow(socket, reader, { id: 7, collections: [{ name: 'lists' }] })
    await writer.write({ recordId: bench.name() })
    await writer.write({ recordId: bench.name(), collection: 'lists' })
    let changes: readonly Change[] = []
    while (changes.length === 0) changes = moved.take(await socket.next())
    assertEqual(
      changes.map(({ collection }) => collection),
      ['lists'],
      'collections',
    )
    await socket.assertQuiet()
  })

  test('two sockets hear of the same write, and one that closes takes nothing from the other', async (bench) => {
    const [writer, reader] = [await bench.client(), await bench.client()]
    const sockets = [await bench.socket(), await bench.socket()]
    const followings = await Promise.all(sockets.map((socket) => follow(socket, reader)))
    const recordId = bench.name()
    await writer.write({ recordId })
    for (const following of followings)
      assertEqual(
        (await following.read(1)).map(({ id }) => id),
        [recordId],
        'ids',
      )
    await sockets[0]!.close()
    await writer.write({ recordId: bench.name() })
    await followings[1]!.read(1)
  })

  test('who writes hears of it too, with the id of the mutation', async (bench) => {
    const alice = await bench.client()
    const following = await follow(await bench.socket(), alice)
    const edit = alice.edit({ recordId: bench.name() })
    await alice.push([edit])
    const [change] = await following.read(1)
    assertEqual(change?.kind === 'put' && change.mutation, edit.id, 'mutation')
  })
}

async function pullFrom(
  { call, server }: ProtocolBench,
  cursor: string | null,
  collections: readonly PullCollection[] = [{ name: 'todos' }],
): Promise<PullResponse> {
  const answer = await call({
    path: '/sync/pull',
    body: { scope: server.scope, collections, cursor, limit: 1_000 },
  })
  assertEqual(answer.status, 200, 'status of the pull')
  return answer.json as PullResponse
}

/** In one push, so that no part of it is small enough for a page. */
async function writeTooMuch(writer: TestClient, { name, hello }: ProtocolBench): Promise<void> {
  const size = Math.min(hello.capabilities.maxRecordBytes / 2, MAX_SOCKET_PAGE_BYTES / 2)
  const count = Math.ceil((MAX_SOCKET_PAGE_BYTES * 1.5) / size)
  const text = 'x'.repeat(size)
  const edits = Array.from({ length: count }, () => name()).map((recordId) =>
    writer.edit({ recordId, data: { id: recordId, text } }),
  )
  const results = await writer.push(edits)
  assert(
    results.every(({ status }) => status === 'accepted'),
    'All of it is accepted',
  )
}
