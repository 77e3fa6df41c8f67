/** The protocol spoken by hand over HTTP. */
import type { Mutation, PullResponse, PushRequest, PushResponse } from '@synclayer/core/adapter'

/** What a server answers to one request. */
export interface Answer {
  readonly status: number
  /** The code in the body of a refusal. */
  readonly code: string | undefined
  readonly body: unknown
}

/** Posts a body to one of the endpoints, such as `push`. A text is sent as it is. */
export async function post(url: string, endpoint: string, body: unknown, token?: string): Promise<Answer> {
  const response = await fetch(`${url}/sync/${endpoint}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const answer = (await response.json()) as { readonly error?: { readonly code: string } }
  return { status: response.status, code: answer.error?.code, body: answer }
}

/** Where the feed of a scope is now. */
export async function headOf(url: string, scope = 'default', token?: string): Promise<PullResponse> {
  const request = { scope, collections: [{ name: 'notes' }], cursor: null, limit: 0 }
  const { status, body } = await post(url, 'pull', request, token)
  if (status !== 200) throw new Error(`The pull was answered with ${status}: ${JSON.stringify(body)}`)
  return body as PullResponse
}

/** The n-th mutation of a client: always the same. It creates the note `<clientId>-<n>`. */
export function creation(clientId: string, n: number, data: object = { n, text: 'Made.' }): Mutation {
  const recordId = `${clientId}-${n}`
  return {
    id: `${clientId}.${n}`,
    collection: 'notes',
    recordId,
    kind: 'put',
    base: null,
    data: { id: recordId, ...data },
    time: `${(1_800_000_000_000 + n).toString(16).padStart(12, '0')}-0000-00000000000000aa`,
    schema: 1,
  }
}

/** A push of a client that stands at the head. */
export async function pushOf(
  url: string,
  clientId: string,
  mutations: readonly Mutation[],
  scope = 'default',
  token?: string,
): Promise<PushRequest> {
  const { epoch, cursor } = await headOf(url, scope, token)
  return { scope, clientId, settled: 0, epoch, cursor, mutations }
}

/** Pushes, and answers the outcomes. Throws where the push as a whole was refused. */
export async function push(
  url: string,
  clientId: string,
  mutations: readonly Mutation[],
): Promise<PushResponse> {
  const { status, body } = await post(url, 'push', await pushOf(url, clientId, mutations))
  if (status !== 200) throw new Error(`The push was answered with ${status}: ${JSON.stringify(body)}`)
  return body as PushResponse
}
