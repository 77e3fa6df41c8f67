/** A server in a process of its own, as a test sees it. */
import { type Child, type Ending, start } from '../child.ts'
import type { ServerSettings } from './programs/serve.ts'

export interface ServerOptions {
  /** The SQLite file it serves. */
  readonly file: string
  /** A free one where left out. */
  readonly port?: number
  readonly settings?: ServerSettings
}

export interface Memory {
  /** Bytes of the process, and of what its JavaScript holds. */
  readonly resident: number
  readonly heap: number
}

export interface ServerProcess {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** The codes of the sockets it has closed by itself. */
  readonly closings: readonly number[]
  /** Resolves once it has closed so many. */
  closed(count: number): Promise<void>
  /** What it uses now, after a collection. */
  memory(): Promise<Memory>
  /** Milliseconds for which it has had a processor, in all of its threads. */
  processorMs(): Promise<number>
  /** Ends it as a server should end. */
  stop(): Promise<Ending>
  /** Ends it with SIGKILL. */
  kill(): Promise<Ending>
}

/** Starts a server; resolves once it answers. */
export async function startServer({ file, port = 0, settings = {} }: ServerOptions): Promise<ServerProcess> {
  const closings: number[] = []
  const child = start('wire/programs/serve', [file, String(port), JSON.stringify(settings)], (line) => {
    const [kind, code] = line.split(' ')
    if (kind === 'closed') closings.push(Number(code))
  })
  const [, given] = (await child.line((line) => line.startsWith('ready '))).split(' ')
  return {
    url: `http://127.0.0.1:${given}`,
    port: Number(given),
    pid: child.process.pid!,
    closings,
    async closed(count) {
      while (closings.length < count) await child.line((line) => line.startsWith('closed '))
    },
    async memory() {
      const [resident, heap] = await ask(child, 'memory')
      return { resident: resident!, heap: heap! }
    },
    processorMs: async () => (await ask(child, 'processor'))[0]!,
    stop() {
      child.tell('stop')
      return child.ended
    },
    kill() {
      child.kill()
      return child.ended
    },
  }
}

/** The numbers it answers to a word. */
async function ask(child: Child, word: string): Promise<readonly number[]> {
  const answer = child.line((line) => line.startsWith(`${word} `))
  child.tell(word)
  return (await answer).split(' ').slice(1).map(Number)
}
