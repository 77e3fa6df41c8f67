/** Servers whose answers over HTTP are wrong. */
import type { Change, PullResponse, PushResponse, RemoteRecord } from '@synclayer/core/adapter'
import {
  answering,
  asked,
  handling,
  type Mutants,
  plain,
  saying,
  sent,
  withBody,
  withHeaders,
} from './mutant.ts'

const PUSH = '/sync/push'
const PULL = '/sync/pull'
const FETCH = '/sync/fetch'

/** Pull answers are pages; the rest of the body stays. */
const paging = (change: (page: PullResponse) => Partial<PullResponse>) =>
  saying(PULL, (body) => ({ ...body, ...change(body as unknown as PullResponse) }))
const changing = (change: (each: Change) => unknown) =>
  saying(PULL, (body) => ({ ...body, changes: (body as unknown as PullResponse).changes.map(change) }))
const resulting = (change: (results: PushResponse['results']) => unknown) =>
  saying(PUSH, (body) => ({ ...body, results: change((body as unknown as PushResponse).results) }))

type SimpleRecord = Readonly<Record<string, unknown>>

/** What plain clients read of a collection. */
const reading = (change: (records: readonly SimpleRecord[]) => unknown) =>
  saying('/sync/todos', ({ records, ...rest }) =>
    records === undefined ? rest : { ...rest, records: change(records as readonly SimpleRecord[]) },
  )

const unlessOk = (change: (answer: Response) => Response | Promise<Response>) =>
  answering((answer) => (answer.status === 200 ? answer : change(answer)))
const status = (from: number, to: number) =>
  answering(async (answer) => (answer.status === from ? withBody(answer, await answer.json(), to) : answer))

/** The tests' own tokens: whoever comes with `from` is taken for the owner of `to`. */
const taking = (from: string, to: string) =>
  asked((request) => {
    const headers = new Headers(request.headers)
    if (headers.get('authorization') === `Bearer ${from}`) headers.set('authorization', `Bearer ${to}`)
    return withHeaders(request, headers)
  })

export const REQUEST_MUTANTS: Mutants = {
  'does not say which version it speaks': {
    break: answering((answer) => {
      answer.headers.delete('synclayer-protocol')
      return answer
    }),
    failing: /GET \/sync says what/,
  },
  'speaks every version': {
    break: asked((request) => {
      const headers = new Headers(request.headers)
      headers.delete('synclayer-protocol')
      return withHeaders(request, headers)
    }),
    failing: /the version 999/,
  },
  'leaves out what it can do': {
    break: saying('/sync', ({ capabilities: _capabilities, ...rest }) => rest),
    failing: /GET \/sync says what/,
  },
  'asks for a token where it is only asked for its health': {
    break: answering((answer, request) =>
      request.url.endsWith('/health') && !request.headers.has('authorization')
        ? withBody(answer, { error: { code: 'UNAUTHENTICATED', message: '' } }, 401)
        : answer,
    ),
    failing: /health and readiness/,
  },
  'refuses members it does not know': {
    break: handling(async (request, whole) => {
      const text = await (request.clone() as Request).text()
      const error = { code: 'PROTOCOL', message: 'futureMember is unknown' }
      return text.includes('futureMember') ? withBody(await whole(request), { error }, 400) : whole(request)
    }),
    failing: /members nobody knows are passed over/,
  },
  'answers a missing token with 403': { break: status(401, 403), failing: /401: no token/ },
  'takes any scheme': {
    break: asked((request) => {
      const headers = new Headers(request.headers)
      const [scheme, credentials = ''] = headers.get('authorization')?.split(' ') ?? []
      if (scheme === 'Basic') headers.set('authorization', `Bearer ${atob(credentials).split(':')[1]}`)
      return withHeaders(request, headers)
    }),
    failing: /401: no token/,
  },
  'takes a token from the address': {
    break: asked((request) => {
      const url = new URL(request.url)
      const token = url.searchParams.get('token')
      if (token === null) return request
      url.search = ''
      const headers = new Headers(request.headers)
      headers.set('authorization', `Bearer ${token}`)
      return withHeaders(new Request(url, request), headers)
    }),
    failing: /400: a token in the address/,
  },
  'takes expired tokens': {
    break: taking('expired-token-4', 'good-token-1'),
    failing: /401: a token that has expired/,
  },
  'grants every scope to everyone': {
    break: taking('other-token-3', 'good-token-1'),
    failing: /403: a scope the token/,
  },
  'takes all principals for one': {
    break: taking('second-token-2', 'good-token-1'),
    failing: /client ids of one principal/,
  },
  'tells where it failed': {
    break: unlessOk(async (answer) => {
      const { error } = (await answer.json()) as { readonly error: object }
      return withBody(answer, { error: { ...error, message: new Error('broken').stack } })
    }),
    failing: /400: a body that is no JSON/,
  },
  'answers what is wrong with a page of its own': {
    break: unlessOk(
      ({ status: of }) =>
        new Response('<html>Bad Request</html>', { status: of, headers: { 'content-type': 'text/html' } }),
    ),
    failing: /404: what is not there/,
  },
  'fails on a body that is no JSON': { break: status(400, 500), failing: /400: a body that is no JSON/ },
  'answers 404 where the method is wrong': { break: status(405, 404), failing: /405/ },
  'tells another history from an old cursor': { break: status(409, 410), failing: /409/ },
  'answers an expired cursor with nothing': {
    break: answering(async (answer, request) => {
      if (answer.status !== 410) return answer
      const { cursor } = (await request.json()) as { readonly cursor: string }
      return withBody(answer, { changes: [], cursor, epoch: 'e', hasMore: false, serverTime: null }, 200)
    }),
    failing: /410/,
  },
  'looks at no type of a body': {
    break: asked((request) => {
      const headers = new Headers(request.headers)
      if (request.method === 'POST') headers.set('content-type', 'application/json')
      return withHeaders(request, headers)
    }),
    failing: /415/,
  },
  'does not say when to come again': {
    break: answering((answer) => {
      answer.headers.delete('retry-after')
      return answer
    }),
    failing: /429/,
  },
  'compresses for everyone': {
    break: answering((answer) => {
      if (answer.body === null || answer.headers.has('content-encoding')) return answer
      const headers = new Headers(answer.headers)
      headers.set('content-encoding', 'gzip')
      headers.delete('content-length')
      return new Response(answer.body.pipeThrough(new CompressionStream('gzip')), {
        status: answer.status,
        headers,
      })
    }),
    failing: /compressed only for who takes it/,
  },
  'compresses nothing': {
    break: answering(async (answer) =>
      answer.headers.has('content-encoding') ? withBody(answer, await plain(answer)) : answer,
    ),
    failing: /compressed only for who takes it/,
  },
  'answers one bad mutation with 400': {
    break: answering(async (answer, request) => {
      if (!request.url.endsWith(PUSH) || answer.status !== 200) return answer
      const body = (await plain(answer)) as PushResponse
      if (!body.results.some(({ status: outcome }) => outcome === 'rejected')) return withBody(answer, body)
      return withBody(answer, { error: { code: 'PROTOCOL', message: '' } }, 400)
    }),
    failing: /one bad mutation holds up no other/,
  },
  'gives no result to what it refused': {
    break: resulting((results) => results.filter(({ status: outcome }) => outcome !== 'rejected')),
    failing: /one bad mutation holds up no other/,
  },
  'says accepted where there was a conflict': {
    break: resulting((results) =>
      results.map((result) =>
        result.status === 'conflict' ? { id: result.id, status: 'accepted', version: 'v' } : result,
      ),
    ),
    failing: /conflict: it shows what is stored/,
  },
  'shows in a conflict what the projection keeps back': {
    break: sent(PUSH, ({ fields: _fields, ...body }) => body),
    failing: /conflict: it shows no more/,
  },
  'takes a group apart': {
    break: sent(PUSH, (body) => ({
      ...body,
      mutations: (body['mutations'] as readonly { readonly group?: string }[]).map(
        ({ group: _group, ...rest }) => rest,
      ),
    })),
    failing: /a group is applied whole/,
  },
  'invents outcomes': {
    break: resulting((results) => results.map((result) => ({ ...result, status: 'done' }))),
    failing: /accepted: what was put is there/,
  },
  'forgets that there is more': {
    break: paging(() => ({ hasMore: false })),
    failing: /pages follow each other/,
  },
  'loses the last change of a page': {
    break: paging(({ changes, hasMore }) => ({ changes: hasMore ? changes.slice(0, -1) : changes })),
    failing: /pages follow each other/,
  },
  'gives more than was asked for': {
    break: sent(PULL, (body) => ({ ...body, limit: Number(body['limit']) + 1 })),
    failing: /limit 0 gives the cursor/,
  },
  'knows no leaves': {
    break: paging(({ changes }) => ({ changes: changes.filter(({ kind }) => kind !== 'leave') })),
    failing: /what no longer matches leaves/,
  },
  'tells the document of what leaves': {
    break: changing((change) => (change.kind === 'leave' ? { ...change, data: { id: change.id } } : change)),
    failing: /what no longer matches leaves/,
  },
  'tells the document of what was deleted': {
    break: changing((change) => (change.kind === 'delete' ? { ...change, data: { id: change.id } } : change)),
    failing: /deletes are changes/,
  },
  'lets everything through a projection': {
    break: sent(FETCH, ({ fields: _fields, ...body }) => body),
    failing: /with a projection gives what it lets through/,
  },
  'sends the text of records along': {
    break: saying(FETCH, (records) =>
      (records as unknown as readonly RemoteRecord[]).map((record) => ({ ...record, text: '{}' })),
    ),
    failing: /gives those that are there/,
  },
  'gives null for what is not there': {
    break: saying(FETCH, (records) => [...(records as unknown as readonly RemoteRecord[]), null]),
    failing: /gives those that are there/,
  },
  'takes every edit for a new one': {
    break: sent('/sync/todos', ({ version: _version, ...edit }) => edit),
    failing: /an edit of another version is a conflict/,
  },
  'hides deletes from plain clients': {
    break: reading((records) => records.filter(({ deleted }) => deleted !== true)),
    failing: /what others wrote is there for plain clients/,
  },
  'tells times without a zone': {
    break: reading((records) => records.map((record) => ({ ...record, updatedAt: '2026-01-02T03:04:05' }))),
    failing: /an edit is there for plain clients/,
  },
  'takes less than it says': {
    break: handling(async (request, whole) => {
      const answer = await whole(request.clone() as Request)
      if (!request.url.endsWith(PUSH) || answer.status !== 200) return answer
      const body = (await plain(answer)) as PushResponse
      const error = { code: 'RECORD_TOO_LARGE', message: '' }
      return body.results.length < 100 ? withBody(answer, body) : withBody(answer, { error }, 413)
    }),
    failing: /as many mutations as are taken/,
  },
  'cuts a character in two': {
    break: answering(async (answer, request) => {
      if (!request.url.endsWith(PULL) || answer.status !== 200) return answer
      const text = JSON.stringify(await plain(answer))
      return withBody(answer, JSON.parse(text.replace('漢', '\ufffd')))
    }),
    failing: /a page of many bytes comes whole/,
  },
}
