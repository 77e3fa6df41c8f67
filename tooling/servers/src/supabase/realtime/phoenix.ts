/** The frames of Phoenix channels, version 2.0.0 of their serialisation, with what Realtime adds to it. Pure. */

/** One message of a client: a text frame `[joinRef, ref, topic, event, payload]`. */
export interface Message {
  readonly joinRef: string | null
  readonly ref: string | null
  readonly topic: string
  readonly event: string
  readonly payload: Readonly<Record<string, unknown>>
}

/** Null where the frame is none. */
export function readMessage(frame: string): Message | null {
  let parts: unknown
  try {
    parts = JSON.parse(frame)
  } catch {
    return null
  }
  if (!Array.isArray(parts) || parts.length !== 5) return null
  const [joinRef, ref, topic, event, payload] = parts as unknown[]
  if (!isRef(joinRef) || !isRef(ref) || typeof topic !== 'string' || typeof event !== 'string') return null
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return null
  return { joinRef, ref, topic, event, payload: payload as Message['payload'] }
}

export function writeMessage({ joinRef, ref, topic, event, payload }: Message): string {
  return JSON.stringify([joinRef, ref, topic, event, payload])
}

/** The answer to a message. */
export function replyTo(message: Message, status: 'ok' | 'error', response: Message['payload']): Message {
  return { ...message, event: 'phx_reply', payload: { status, response } }
}

const USER_BROADCAST = 4
const JSON_PAYLOAD = 1

/** A broadcast to the clients of a topic: a binary frame. */
export function writeBroadcast(topic: string, event: string, payload: unknown, meta: unknown): Buffer {
  const head = [topic, event, JSON.stringify(meta)].map((text) => Buffer.from(text))
  const sizes = head.map(({ length }) => {
    if (length > 255) throw new RangeError(`${length} bytes do not fit into the head of a frame`)
    return length
  })
  const body = Buffer.from(JSON.stringify(payload))
  return Buffer.concat([Buffer.from([USER_BROADCAST, ...sizes, JSON_PAYLOAD]), ...head, body])
}

function isRef(value: unknown): value is string | null {
  return value === null || typeof value === 'string'
}
