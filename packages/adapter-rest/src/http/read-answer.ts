/** Reads the body of an answer as it comes, counts it, and gives up where it is larger than anything sensible. */
import type { Traffic } from '@synclayer/core/adapter'

/** The body was cut off at the limit. */
export class TooLargeError extends Error {
  constructor(maxBytes: number) {
    super(`The answer has more than ${maxBytes} bytes`)
  }
}

/** Its text. Throws TooLargeError, or whatever broke the connection or is no UTF-8. */
export async function readAnswer(response: Response, maxBytes: number, traffic: Traffic): Promise<string> {
  let read = 0
  let isWhole = false
  try {
    const chunks: Uint8Array[] = []
    for await (const chunk of chunksOf(response)) {
      read += chunk.length
      if (read > maxBytes) throw new TooLargeError(maxBytes)
      chunks.push(chunk)
    }
    isWhole = true
    return new TextDecoder('utf-8', { fatal: true }).decode(joined(chunks, read))
  } finally {
    traffic.received(receivedBytes(response.headers.get('content-length'), read, isWhole))
  }
}

/** Cancels the body when it is left early. */
async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array> {
  if (body === null) return
  const reader = (body as ReadableStream<Uint8Array>).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    // A stream that broke cannot be cancelled; that it broke is told already.
    await reader.cancel().catch(() => undefined)
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  if (chunks.length === 1) return chunks[0]!
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

/** The length told is that on the wire, compressed or not. Without one, what came out of the stream is all that is known. */
function receivedBytes(told: string | null, read: number, isWhole: boolean): number {
  if (told === null || !/^[0-9]{1,15}$/.test(told)) return read
  return isWhole ? Number(told) : Math.min(Number(told), read)
}
