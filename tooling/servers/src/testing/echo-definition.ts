/** The definition of the small server, in whichever ways a test wants. */
import { once } from 'node:events'
import { connect } from 'node:net'
import path from 'node:path'
import { type Facts, Refused, type ServerDefinition, type Way } from '../definition.ts'

const PROGRAM = path.join(import.meta.dirname, 'echo-server.mjs')

export interface Echo {
  readonly pid: number
  readonly child: number
  /** How often it was started on its data. */
  readonly starts: number
}

export function echoDefinition(
  ways: readonly Way[] = [nodeWay()],
  { name = 'echo' }: { readonly name?: string } = {},
): ServerDefinition {
  return { name, title: 'Echo', variable: `TEST_${name.toUpperCase()}_URL`, ways, ask: askFacts }
}

/** Runs it. */
export function nodeWay({ needs = [] }: { readonly needs?: readonly string[] } = {}): Way {
  return {
    name: 'node',
    kind: 'stand-in',
    needs,
    prepare: () =>
      Promise.resolve({
        user: null,
        plan: ({ port, folder }) => ({
          url: `tcp://127.0.0.1:${port}`,
          details: { folder },
          processes: [{ command: process.execPath, args: [PROGRAM, String(port), 'starts'] }],
        }),
      }),
  }
}

export function refusedWay(name: string, why: string): Way {
  return { name, kind: 'real', prepare: () => Promise.reject(new Refused(why)) }
}

/** Runs something that ends at once. */
export function endingWay(): Way {
  return {
    name: 'ending',
    kind: 'real',
    prepare: () =>
      Promise.resolve({
        user: null,
        plan: ({ port }) => ({
          url: `tcp://127.0.0.1:${port}`,
          processes: [
            { command: process.execPath, args: ['-e', 'console.log("no disk left"); process.exit(3)'] },
          ],
        }),
      }),
  }
}

export async function askEcho(url: string): Promise<Echo> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => (text += chunk.toString()))
  await once(socket, 'close')
  return JSON.parse(text) as Echo
}

async function askFacts(url: string): Promise<Facts> {
  await askEcho(url)
  return { product: 'Echo', version: '1' }
}
