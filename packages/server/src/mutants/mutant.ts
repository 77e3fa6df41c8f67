/** What a server is broken with: a proxy around a sound one, for requests or for sockets, so that each is a few lines. */
import type { ServerMessage } from '@synclayer/core/protocol'
import type { SyncServer } from '../contract.ts'

export type Break = (whole: SyncServer) => SyncServer

export interface Mutant {
  readonly break: Break
  /** A part of the title of the test that must fail. */
  readonly failing: RegExp
}

/** By what is wrong: "a server that …". */
export type Mutants = Readonly<Record<string, Mutant>>

/** What mutants are made of, with nothing changed: whoever fails on this does not find out a mistake but a proxy. */
export const UNCHANGED: Break = (whole) => {
  const proxies = [
    answering((answer) => answer),
    asked((request) => withHeaders(request, request.headers)),
    ...['/sync/push', '/sync/pull', '/sync/fetch'].map((path) => sent(path, (body) => body)),
    telling(() => (message) => [message]),
    hearing((message) => message),
    closing((code) => code),
  ]
  return proxies.reduce((server, proxy) => proxy(server), whole)
}

/** A mutant that handles requests in its own way. */
export function handling(handle: (request: Request, whole: SyncServer['fetch']) => Promise<Response>): Break {
  return (whole) => ({ ...whole, fetch: (request) => handle(request, whole.fetch) })
}

/** A mutant that is asked something else than the client has asked. */
export function asked(change: (request: Request) => Request | Promise<Request>): Break {
  return handling(async (request, whole) => whole(await change(request)))
}

/** A mutant whose answers differ. */
export function answering(
  change: (answer: Response, request: Request) => Response | Promise<Response>,
): Break {
  return handling(async (request, whole) => change(await whole(request.clone() as Request), request))
}

type Body = Readonly<Record<string, unknown>>

/** A mutant whose answers of 200 to that path say something else. */
export function saying(path: string, change: (body: Body, request: Request) => unknown): Break {
  return answering(async (answer, request) => {
    if (answer.status !== 200 || new URL(request.url).pathname !== path) return answer
    return withBody(answer, change((await plain(answer)) as Body, request))
  })
}

/** A mutant that is sent other bodies than the client has sent to that path. */
export function sent(path: string, change: (body: Body) => unknown): Break {
  return asked(async (request) => {
    if (new URL(request.url).pathname !== path || request.headers.has('content-encoding')) return request
    const text = await (request.clone() as Request).text()
    let body: Body
    try {
      body = JSON.parse(text) as Body
    } catch {
      return request
    }
    return withHeaders(
      new Request(request.url, { method: 'POST', body: JSON.stringify(change(body)) }),
      request.headers,
    )
  })
}

/** The request with other headers. */
export function withHeaders(request: Request, headers: Headers): Request {
  const copy = new Headers(headers)
  copy.delete('content-length')
  return new Request(request, { headers: copy })
}

/** The answer with another body, or another status. */
export function withBody(answer: Response, body: unknown, status: number = answer.status): Response {
  const headers = new Headers(answer.headers)
  headers.delete('content-encoding')
  headers.delete('content-length')
  return new Response(JSON.stringify(body), { status, headers })
}

/** What an answer says, whatever its encoding. */
export async function plain(answer: Response): Promise<unknown> {
  const { body } = answer
  if (answer.headers.get('content-encoding') !== 'gzip' || body === null) return answer.json()
  return new Response(body.pipeThrough(new DecompressionStream('gzip'))).json()
}

/** A mutant that tells other messages over its sockets; none, where there are none. State is per socket. */
export function telling(
  change: () => (message: ServerMessage, close: (code: number) => void) => readonly unknown[],
): Break {
  return (whole) => ({
    ...whole,
    connect(socket, head) {
      const changeNext = change()
      const close = (code: number): void => socket.close(code, 'broken')
      return whole.connect(
        {
          close: (code, reason) => socket.close(code, reason),
          get bufferedBytes() {
            return socket.bufferedBytes
          },
          send(text) {
            for (const message of changeNext(JSON.parse(text) as ServerMessage, close)) {
              socket.send(JSON.stringify(message))
            }
          },
        },
        head,
      )
    },
  })
}

/** A mutant that hears other messages over its sockets; nothing, where that is null. */
export function hearing(change: (message: Readonly<Record<string, unknown>>) => unknown): Break {
  return (whole) => ({
    ...whole,
    connect(socket, head) {
      const handler = whole.connect(socket, head)
      return {
        ...handler,
        message(text) {
          let message: unknown
          try {
            message = change(JSON.parse(text) as Readonly<Record<string, unknown>>)
          } catch {
            handler.message(text)
            return
          }
          if (message !== null) handler.message(JSON.stringify(message))
        },
      }
    },
  })
}

/** A mutant whose sockets are closed with other codes. */
export function closing(change: (code: number) => number): Break {
  return (whole) => ({
    ...whole,
    connect: (socket, head) =>
      whole.connect(
        {
          send: (text) => socket.send(text),
          get bufferedBytes() {
            return socket.bufferedBytes
          },
          close: (code, reason) => socket.close(change(code), reason),
        },
        head,
      ),
  })
}
