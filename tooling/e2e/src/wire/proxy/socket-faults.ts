/** One WebSocket on its way through the faulty proxy: frame by frame, in each direction. */
import type { IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Fates } from './fates.ts'
import { createFrameSplitter, type Frame } from './frames.ts'
import { reset } from './http-faults.ts'

const SLOW_MS = 60
const HEAD_END = Buffer.from('\r\n\r\n')

/** Passes an upgraded connection on, as far as fate lets it. */
export function passSocketFaultily(
  port: number,
  fates: Fates,
  request: IncomingMessage,
  client: Socket,
): void {
  client.on('error', () => undefined)
  if (fates.refusesSocket()) {
    client.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    return
  }
  const server = connect(port, '127.0.0.1')
  server.on('error', () => undefined)
  const breakOff = (): void => {
    reset(client)
    reset(server)
  }
  client.once('close', breakOff)
  server.once('close', breakOff)
  server.write(headOf(request))

  const toServer = createFrameLine(fates, server, breakOff)
  const toClient = createFrameLine(fates, client, breakOff)
  const split = createFrameSplitter()
  client.on('data', (chunk: Buffer) => split(chunk).forEach(toServer))
  readAnswer(server, client, toClient)
}

/** Compression would make frames depend on each other: it is not offered. */
function headOf({ method, url, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/1.1`]
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (!/^sec-websocket-extensions$/i.test(rawHeaders[at]!))
      lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** Passes the answer to the upgrade on as it is, and frames from there on. */
function readAnswer(server: Socket, client: Socket, toClient: (frame: Frame) => void): void {
  const split = createFrameSplitter()
  let head: Buffer | undefined = Buffer.alloc(0)
  server.on('data', (chunk: Buffer) => {
    let frames = chunk
    if (head !== undefined) {
      head = Buffer.concat([head, chunk])
      const end = head.indexOf(HEAD_END)
      if (end < 0) return
      client.write(head.subarray(0, end + HEAD_END.length))
      frames = head.subarray(end + HEAD_END.length)
      head = undefined
    }
    split(frames).forEach(toClient)
  })
}

/** Frames in one direction, each after the one before it. */
function createFrameLine(fates: Fates, to: Socket, breakOff: () => void): (frame: Frame) => void {
  let line = Promise.resolve()
  let held: Buffer | undefined
  const write = (bytes: Buffer): void => {
    to.write(bytes)
    if (held !== undefined) to.write(held)
    held = undefined
  }
  const pass = async ({ bytes, isControl }: Frame): Promise<void> => {
    switch (isControl ? 'pass' : fates.frame()) {
      case 'pass':
        return write(bytes)
      case 'slow':
        await delay(fates.delayMs(SLOW_MS))
        return write(bytes)
      case 'lost':
        return
      case 'twice':
        write(bytes)
        return write(bytes)
      case 'swapped':
        if (held === undefined) held = bytes
        else write(bytes)
        return
      case 'cut':
        to.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), breakOff)
        return
      case 'reset':
        return breakOff()
    }
  }
  return (frame) => void (line = line.then(() => pass(frame)))
}
