/** The platform's answers as those of node:http, as fast as the client takes them. */
import type { ServerResponse } from 'node:http'

/** Sends it. Resolves once all was handed over, or once nobody takes it any more. */
export async function sendResponse(response: Response, outgoing: ServerResponse): Promise<void> {
  const { status, headers, body } = response
  outgoing.statusCode = status
  for (const [name, value] of headers) outgoing.setHeader(name, value)
  if (body === null || outgoing.req.method === 'HEAD') {
    await body?.cancel()
    outgoing.end()
  } else if (headers.has('content-length')) {
    outgoing.end(new Uint8Array(await response.arrayBuffer()))
  } else await sendStream(body, outgoing)
}

async function sendStream(body: ReadableStream<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  const reader = body.getReader()
  const cancel = (): void => void reader.cancel().catch(() => undefined)
  outgoing.once('close', cancel)
  for (;;) {
    const { done, value } = await reader.read()
    // It may have been gone before anybody listened for it.
    if (outgoing.destroyed) return cancel()
    if (done) break
    if (!outgoing.write(value)) await drained(outgoing)
  }
  outgoing.off('close', cancel)
  outgoing.end()
}

/** Resolves once there is room again, or the client is gone. */
function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      outgoing.off('drain', settle)
      outgoing.off('close', settle)
      resolve()
    }
    outgoing.on('drain', settle)
    outgoing.on('close', settle)
  })
}
