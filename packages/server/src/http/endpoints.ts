/** What each endpoint does once it is known who asks: body, check, operation, text of the answer. */
import { checkFetchRequest, checkPullRequest, checkPushRequest, type Random } from '@synclayer/core/adapter'
import type { CheckedLimits } from '../limits.ts'
import type { Operations } from '../operations/operations.ts'
import type { Asker, Timers } from '../realtime-deps.ts'
import type { SimpleAnswer, SimpleDialect } from '../simple-deps.ts'
import { pullText, pushText, recordsText } from './answer-texts.ts'
import { tooLarge } from './http-error.ts'
import { readJson } from './read-body.ts'
import type { AskedRoute } from './routes.ts'

export interface EndpointDeps {
  readonly operations: Operations
  readonly simple: SimpleDialect
  readonly limits: CheckedLimits
  readonly timers: Timers
  readonly random: Random
}

/** A request of somebody who is known. */
export interface AskedRequest {
  readonly asker: Asker
  readonly request: Request
  readonly url: URL
}

/** Answers as JSON text, in pieces. */
export async function answerAsked(
  deps: EndpointDeps,
  route: AskedRoute,
  asked: AskedRequest,
): Promise<SimpleAnswer> {
  if (route.kind === 'simple') return answerSimple(deps, route.collection, asked)
  return { status: 200, headers: {}, text: await answerText(deps, route.kind, asked) }
}

async function answerText(
  { operations, limits, timers }: EndpointDeps,
  kind: 'hello' | 'push' | 'pull' | 'fetch',
  { asker, request }: AskedRequest,
): Promise<Iterable<string>> {
  if (kind === 'hello') return [JSON.stringify(operations.hello())]
  const body = await readJson(request, limits, timers)
  switch (kind) {
    case 'push': {
      refuseLonger(body, 'mutations', operations.hello().capabilities.maxBatch)
      const { request: checked, refused } = checkPushRequest(body)
      return pushText(await operations.push(asker, checked, refused))
    }
    case 'pull':
      return pullText(await operations.pull(asker, checkPullRequest(body), request.signal), asker.tag)
    case 'fetch':
      refuseLonger(body, 'ids', limits.ids)
      return recordsText(await operations.fetch(asker, checkFetchRequest(body), request.signal), asker.tag)
  }
}

async function answerSimple(
  { operations, simple, limits, timers, random }: EndpointDeps,
  collection: string,
  { asker, request, url }: AskedRequest,
): Promise<SimpleAnswer> {
  const method = request.method === 'POST' ? 'POST' : 'GET'
  return simple(operations, {
    asker,
    collection,
    method,
    query: url.searchParams,
    idempotencyKey: request.headers.get('idempotency-key'),
    body: method === 'POST' ? await readJson(request, limits, timers) : null,
    gone: request.signal,
    random,
  })
}

/** Before anything in it is looked at: the client splits what is too long. */
function refuseLonger(body: unknown, name: 'mutations' | 'ids', most: number): void {
  const list: unknown = (body as Readonly<Record<string, unknown>> | null)?.[name]
  if (Array.isArray(list) && list.length > most) throw tooLarge(`${name} may have ${most} members`)
}
