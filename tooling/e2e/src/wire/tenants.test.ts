import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PushResponse } from '@synclayer/core/adapter'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { versionOf } from '../adapter-sqlite/programs/backend-program.ts'
import { endChildren } from '../child.ts'
import { openFollower } from './follower.ts'
import { type Answer, creation, headOf, post, pushOf } from './requests.ts'
import { type ServerProcess, startServer } from './server-process.ts'
import { secondsFromNow, signToken } from './tokens.ts'

const folder = mkdtempSync(join(tmpdir(), 'synclayer-tenants-'))
const SECRET = 'a secret of more than thirty-two bytes'
const SECRET_TEXT = 'for Ada alone'
const exp = secondsFromNow(3_600)
const ADA = signToken(SECRET, { sub: 'ada', scopes: ['ada', 'team'], exp })
const EVE = signToken(SECRET, { sub: 'eve', scopes: ['eve', 'team'], exp })
let server: ServerProcess

beforeAll(async () => {
  server = await startServer({ file: join(folder, 'backend.db'), settings: { secret: SECRET } })
  const mutation = creation('ada', 1, { text: SECRET_TEXT, n: 1 })
  const request = await pushOf(server.url, 'ada', [mutation], 'ada', ADA)
  await post(server.url, 'push', request, ADA)
})

afterAll(async () => {
  await endChildren()
  rmSync(folder, { recursive: true })
})

function expectNothingOfAda({ body }: Answer): void {
  expect(JSON.stringify(body)).not.toContain(SECRET_TEXT)
}

function pullOf(scope: string, cursor: string | null): object {
  return { scope, collections: [{ name: 'notes' }], cursor, limit: 100 }
}

describe('one tenant', () => {
  test('reads, writes and follows nothing of another’s scope', async () => {
    const { cursor, epoch } = await headOf(server.url, 'ada', ADA)
    const mutation = { ...creation('eve', 1), recordId: 'ada-1', data: { id: 'ada-1', text: 'Mine.', n: 0 } }
    const asked = [
      post(server.url, 'pull', pullOf('ada', null), EVE),
      post(server.url, 'pull', pullOf('ada', cursor), EVE),
      post(server.url, 'fetch', { scope: 'ada', collection: 'notes', ids: ['ada-1'] }, EVE),
      post(
        server.url,
        'push',
        { scope: 'ada', clientId: 'eve', settled: 0, epoch, cursor, mutations: [mutation] },
        EVE,
      ),
    ]
    for (const answer of await Promise.all(asked)) {
      expect(answer).toMatchObject({ status: 403, code: 'FORBIDDEN' })
      expectNothingOfAda(answer)
    }
    const follower = await openFollower(server.url, EVE)
    follower.say({ type: 'subscribe', id: 1, scope: 'ada', collections: [{ name: 'notes' }], cursor })
    expect(await follower.next(({ type }) => type === 'error')).toMatchObject({ id: 1, code: 'UNAUTHORIZED' })
    follower.socket.close()
    // Without a token, or with one of somebody else's making, nothing at all.
    const forged = signToken(`${SECRET}!`, { sub: 'ada', scopes: ['ada'], exp })
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${ADA.split('.')[1]}.`
    const expired = signToken(SECRET, { sub: 'ada', scopes: ['ada'], exp: secondsFromNow(-10) })
    for (const token of [undefined, forged, unsigned, expired, 'x', `${ADA}x`]) {
      const answer = await post(server.url, 'pull', pullOf('ada', null), token)
      expect(answer).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })
    }
  })

  test('finds nothing of another’s by ids and cursors in its own scope', async () => {
    const { cursor } = await headOf(server.url, 'ada', ADA)
    const found = await post(server.url, 'fetch', { scope: 'eve', collection: 'notes', ids: ['ada-1'] }, EVE)
    expect(found).toMatchObject({ status: 200, body: [] })
    const pulled = await post(server.url, 'pull', pullOf('eve', cursor), EVE)
    expect(pulled.status).toBeGreaterThanOrEqual(400)
    expect(pulled.status).toBeLessThan(500)
    expectNothingOfAda(pulled)
    const twin = { ...creation('eve', 1), recordId: 'ada-1', data: { id: 'ada-1', text: 'Mine.', n: 0 } }
    const pushed = await post(server.url, 'push', await pushOf(server.url, 'eve', [twin], 'eve', EVE), EVE)
    expectNothingOfAda(pushed)
    const hers = await post(server.url, 'fetch', { scope: 'ada', collection: 'notes', ids: ['ada-1'] }, ADA)
    expect(hers.body).toMatchObject([{ id: 'ada-1', data: { text: SECRET_TEXT } }])
  })

  test('answers for, settles and replays no mutation of another’s in a scope of both', async () => {
    const url = server.url
    const hers = await pushOf(url, 'shared-client', [creation('shared-client', 1)], 'team', ADA)
    const first = (await post(url, 'push', hers, ADA)).body as PushResponse
    expect(first.results).toMatchObject([{ status: 'accepted' }])
    // The same client id and mutation id, of another user, name another mutation.
    const other = {
      ...creation('shared-client', 1),
      recordId: 'eves',
      data: { id: 'eves', text: 'Hers.', n: 0 },
    }
    const forged = await pushOf(url, 'shared-client', [other], 'team', EVE)
    const settled = { ...forged, settled: 1_000 }
    expect((await post(url, 'push', settled, EVE)).body).toMatchObject({
      results: [{ id: 'shared-client.1' }],
    })
    // Ada's mutation, sent again, is the one that was applied, and was applied once.
    const again = (await post(url, 'push', hers, ADA)).body as PushResponse
    expect(again.results).toEqual(first.results)
    const replayed = (await post(url, 'push', hers, EVE)).body as PushResponse
    expect(replayed.results).not.toEqual(first.results)
    const asked = { scope: 'team', collection: 'notes', ids: ['shared-client-1', 'eves'] }
    const { body } = await post(url, 'fetch', asked, ADA)
    const [made] = first.results
    expect(body).toHaveLength(2)
    expect(body).toContainEqual(expect.objectContaining({ id: 'shared-client-1', version: versionOf(made) }))
    expect(await server.stop()).toMatchObject({ code: 0, errors: '' })
  })
})
