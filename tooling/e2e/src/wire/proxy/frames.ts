/** Cuts a stream of bytes into the frames of a WebSocket (RFC 6455, 5.2). */

export interface Frame {
  /** Its bytes as they came, header and all. */
  readonly bytes: Buffer
  /** Closes, pings and pongs. */
  readonly isControl: boolean
}

/** Takes bytes as they come, and gives the frames that are complete. */
export function createFrameSplitter(): (chunk: Buffer) => readonly Frame[] {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    const frames: Frame[] = []
    for (;;) {
      const length = frameLength(rest)
      if (length === undefined || rest.length < length) return frames
      frames.push({ bytes: rest.subarray(0, length), isControl: (rest[0]! & 0x08) !== 0 })
      rest = rest.subarray(length)
    }
  }
}

/** The length of the frame that begins here, with its header; undefined where too little of it is known. */
function frameLength(bytes: Buffer): number | undefined {
  if (bytes.length < 2) return undefined
  const mask = (bytes[1]! & 0x80) === 0 ? 0 : 4
  const short = bytes[1]! & 0x7f
  if (short < 126) return 2 + mask + short
  if (short === 126) return bytes.length < 4 ? undefined : 4 + mask + bytes.readUInt16BE(2)
  return bytes.length < 10 ? undefined : 10 + mask + Number(bytes.readBigUInt64BE(2))
}
