/** Answers of JSON text: small ones at once, large ones as the client takes them, compressed where that saves something. */

/** Shorter texts are not worth compressing. */
const LEAST_COMPRESSED = 1_024

/** Pieces are gathered to about so much before they are sent. */
const PIECE_LENGTH = 64 * 1024

export interface JsonAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The text, in as many pieces as it is made in. It is made as the client takes it. */
  readonly text: Iterable<string>
  readonly gzip: boolean
  /** Nothing more will be sent. Called once; before this returns where the answer is small. */
  readonly onEnd: () => void
}

export function jsonResponse({ status, headers: more, text, gzip, onEnd }: JsonAnswer): Response {
  const headers = new Headers(more)
  headers.set('Content-Type', 'application/json')
  headers.set('Cache-Control', 'no-store')
  const pieces = gathered(text)
  const first = pieces.next().value ?? ''
  const compress = gzip && first.length >= LEAST_COMPRESSED
  if (compress) {
    headers.set('Content-Encoding', 'gzip')
    headers.append('Vary', 'Accept-Encoding')
  }
  if (!compress && first.length < PIECE_LENGTH) {
    onEnd()
    const bytes = new TextEncoder().encode(first)
    headers.set('Content-Length', `${bytes.length}`)
    return new Response(bytes, { status, headers })
  }
  const stream = streamOf(first, pieces, onEnd)
  const body = compress ? stream.pipeThrough(new CompressionStream('gzip')) : stream
  return new Response(body, { status, headers })
}

/** True where the client takes gzip. */
export function acceptsGzip(accepted: string | null): boolean {
  if (accepted === null) return false
  return accepted.split(',').some((part) => {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    return name === 'gzip' && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter))
  })
}

/** The same text in pieces of about the same length; the last is shorter, and is the only one where there is but one. */
function* gathered(text: Iterable<string>): Generator<string, undefined> {
  let parts: string[] = []
  let length = 0
  for (const part of text) {
    parts.push(part)
    length += part.length
    if (length < PIECE_LENGTH) continue
    yield parts.join('')
    parts = []
    length = 0
  }
  if (length > 0) yield parts.join('')
}

function streamOf(
  first: string,
  rest: Iterator<string, undefined>,
  onEnd: () => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start: (controller) => controller.enqueue(encoder.encode(first)),
      pull(controller) {
        try {
          const next = rest.next()
          if (next.done !== true) return controller.enqueue(encoder.encode(next.value))
          controller.close()
        } catch (error) {
          controller.error(error)
        }
        onEnd()
      },
      cancel: onEnd,
    },
    { highWaterMark: 1 },
  )
}
