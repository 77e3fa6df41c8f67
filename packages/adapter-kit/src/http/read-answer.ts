/** Reads the body of an answer as it comes, counts it, and gives up where it is larger than anything sensible. */
import { type Traffic, utf8ByteLength } from '@synclayer/core/adapter'

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
  const count = (bytes: number): void => {
    read += bytes
    if (read > maxBytes) throw new TooLargeError(maxBytes)
  }
  try {
    const text = await (hasStream(response) ? readStream(response.body, count) : readAtOnce(response, count))
    isWhole = true
    return text
  } finally {
    traffic.received(receivedBytes(response.headers.get('content-length'), read, isWhole))
  }
}

type Streamed = Response & { readonly body: ReadableStream<Uint8Array> }

/** There is none where there is no body, and on platforms that have no streams, such as React Native. */
function hasStream(response: Response): response is Streamed {
  return response.body !== null && response.body !== undefined
}

async function readAtOnce(response: Response, count: (bytes: number) => void): Promise<string> {
  const text = await response.text()
  count(utf8ByteLength(text))
  return text
}

async function readStream(body: Streamed['body'], count: (bytes: number) => void): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of chunksOf(body)) {
    count(chunk.length)
    chunks.push(chunk)
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(joined(chunks))
}

/** Cancels the body when it is left early. */
async function* chunksOf(body: Streamed['body']): AsyncGenerator<Uint8Array> {
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader()
  try {
    for (;;) {
      const piece = await reader.read()
      if (piece.done) return
      yield piece.value as Uint8Array
    }
  } finally {
    // A stream that broke cannot be cancelled; that it broke is told already.
    await reader.cancel().catch(() => undefined)
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0))
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
