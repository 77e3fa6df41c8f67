/** Requests of node:http as the platform's own. */
import type { IncomingMessage } from 'node:http'

/** Nothing that would end it, or begin with something else. */
const HOST = /^[^/\\?#@]+$/

/** The request, or null where its address or a header cannot be read. The body is read as it is asked for. */
export function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request | null {
  const { method = 'GET' } = incoming
  const address = addressOf(incoming)
  if (address === null) return null
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const body = hasBody ? { body: bodyOf(incoming), duplex: 'half' as const } : {}
  try {
    return new Request(address, { method, headers: headersOf(incoming), signal, ...body })
  } catch {
    return null
  }
}

/** What was asked for, as the client wrote it: the scheme is that of the connection, the host that of the header. */
function addressOf({ url = '', headers, socket }: IncomingMessage): string | null {
  const scheme = 'encrypted' in socket ? 'https' : 'http'
  const { host = '' } = headers
  const address = `${scheme}://${host}${url}`
  return url.startsWith('/') && HOST.test(host) && URL.canParse(address) ? address : null
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let index = 0; index < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index]!, rawHeaders[index + 1]!)
  }
  return headers
}

function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  let over = false
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const fail = (): void => {
          if (over) return
          over = true
          controller.error(new Error('The request broke off'))
        }
        incoming.on('data', (chunk: Buffer) => {
          if (over) return
          controller.enqueue(chunk)
          if ((controller.desiredSize ?? 0) <= 0) incoming.pause()
        })
        incoming.on('end', () => {
          if (over) return
          over = true
          controller.close()
        })
        incoming.on('error', fail)
        incoming.on('close', fail)
        incoming.pause()
      },
      pull: () => void incoming.resume(),
      cancel() {
        over = true
      },
    },
    { highWaterMark: 0 },
  )
}
