/** Bodies: read to a limit that is counted while they are decompressed, within a time, and parsed. */
import { parseJson } from '../parse-json.ts'
import type { Timers } from '../realtime-deps.ts'
import { HttpError, tooLarge } from './http-error.ts'

export interface BodyLimits {
  readonly bodyBytes: number
  readonly requestMs: number
}

/** The JSON value of a request's body. Throws 400, 408, 413 or 415. */
export async function readJson(request: Request, limits: BodyLimits, timers: Timers): Promise<unknown> {
  return parseJson(await readBody(request, limits, timers))
}

async function readBody(request: Request, limits: BodyLimits, timers: Timers): Promise<Uint8Array> {
  const { headers, body } = request
  const type = (headers.get('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase()
  if (type !== 'application/json') throw new HttpError(415, 'PROTOCOL', 'The body must be application/json')
  const encoding = (headers.get('content-encoding') ?? 'identity').trim().toLowerCase()
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new HttpError(415, 'PROTOCOL', 'The body may be compressed with gzip, and nothing else')
  }
  if (Number(headers.get('content-length') ?? 0) > limits.bodyBytes) throw bodyTooLarge(limits)
  if (body === null) return new Uint8Array()
  const plain = encoding === 'gzip' ? decompressed(body, limits) : body
  return readAll(plain.getReader(), limits, timers)
}

/** What comes compressed is counted too: some of it decompresses to nothing, and is held all the same. */
function decompressed(body: ReadableStream<Uint8Array>, limits: BodyLimits): ReadableStream<Uint8Array> {
  let length = 0
  const counted = new TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      length += chunk.length
      if (length > limits.bodyBytes) controller.error(bodyTooLarge(limits))
      else controller.enqueue(chunk as Uint8Array<ArrayBuffer>)
    },
  })
  return body.pipeThrough(counted).pipeThrough(new DecompressionStream('gzip'))
}

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  limits: BodyLimits,
  timers: Timers,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  let late = false
  const cancel = timers.after(limits.requestMs, () => {
    late = true
    void reader.cancel().catch(() => undefined)
  })
  try {
    for (;;) {
      const { done, value } = await read(reader)
      if (late) throw new HttpError(408, 'TIMEOUT', `The body has not come within ${limits.requestMs} ms`)
      if (done) return join(chunks, length)
      length += value.length
      if (length > limits.bodyBytes) {
        void reader.cancel().catch(() => undefined)
        throw bodyTooLarge(limits)
      }
      chunks.push(value)
    }
  } finally {
    cancel()
  }
}

async function read(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']> {
  try {
    return await reader.read()
  } catch (error) {
    if (error instanceof HttpError) throw error
    throw new HttpError(400, 'PROTOCOL', 'The body broke off, or is no gzip')
  }
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  if (chunks.length === 1) return chunks[0]!
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

function bodyTooLarge({ bodyBytes }: BodyLimits): HttpError {
  return tooLarge(`A body may have ${bodyBytes} bytes, counted after decompression`)
}
