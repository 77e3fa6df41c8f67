/** A WebSocket by hand: frames as no library would send them. */
import { SOCKET_PROTOCOL } from '@synclayer/core/protocol'
import { openRaw, type RawSocket } from './raw-http.ts'
import { createFrameSplitter, type Frame } from './proxy/frames.ts'

const HEAD_END = '\r\n\r\n'

export const TEXT = 0x1
export const CONTINUATION = 0x0
export const BINARY = 0x2
const CLOSE = 0x8

export interface FrameOptions {
  readonly opcode: number
  /** False: more of this message follows. */
  readonly isLast?: boolean
  /** Clients must; servers must not take it otherwise. */
  readonly isMasked?: boolean
  /** Bits that no extension was agreed on for. */
  readonly reserved?: number
}

/** The bytes of one frame. */
export function frameOf(payload: Buffer | string, options: FrameOptions): Buffer {
  const { opcode, isLast = true, isMasked = true, reserved = 0 } = options
  const content = Buffer.from(payload)
  const head = [(isLast ? 0x80 : 0) | (reserved << 4) | opcode]
  const mask = isMasked ? 0x80 : 0
  if (content.length < 126) head.push(mask | content.length)
  else if (content.length < 65_536) head.push(mask | 126, content.length >> 8, content.length & 0xff)
  else {
    const length = Buffer.alloc(8)
    length.writeBigUInt64BE(BigInt(content.length))
    head.push(mask | 127, ...length)
  }
  // A mask of zeros leaves the content as it is.
  return Buffer.concat([Buffer.from(head), Buffer.alloc(isMasked ? 4 : 0), content])
}

/** Opens a connection and has it upgraded. */
export async function openRawSocket(port: number): Promise<RawSocket> {
  const raw = await openRaw(port)
  raw.write(
    [
      'GET /sync/ws HTTP/1.1',
      `Host: 127.0.0.1:${port}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${Buffer.from('sixteen bytes ok').toString('base64')}`,
      `Sec-WebSocket-Protocol: ${SOCKET_PROTOCOL}`,
      '\r\n',
    ].join('\r\n'),
  )
  await raw.until((received) => received.includes(HEAD_END))
  return raw
}

/** The code in the close frame the server has sent; null where it sent none. */
export function closeCodeOf(received: string): number | null {
  const close = framesOf(received).findLast(({ bytes }) => (bytes[0]! & 0x0f) === CLOSE)
  return close === undefined || close.bytes.length < 4 ? null : close.bytes.readUInt16BE(2)
}

/** The texts of the frames the server has sent. */
export function textsOf(received: string): readonly string[] {
  return framesOf(received).flatMap(({ bytes }) =>
    (bytes[0]! & 0x0f) === TEXT ? [bytes.subarray((bytes[1]! & 0x7f) === 126 ? 4 : 2).toString()] : [],
  )
}

function framesOf(received: string): readonly Frame[] {
  const end = received.indexOf(HEAD_END)
  return end < 0 ? [] : createFrameSplitter()(Buffer.from(received.slice(end + HEAD_END.length), 'latin1'))
}
