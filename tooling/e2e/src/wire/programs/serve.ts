/**
 * A server in a process of its own, over one SQLite file. Says `ready <port>` once it answers, and `closed <code>` for each
 * socket it closes. Told `memory`, it says `memory <resident> <heap>` in bytes, after a collection; told `processor`, it says
 * `processor <ms>`, for how long it has had one; told `stop`, it ends as a server should.
 */
import { setFlagsFromString } from 'node:v8'
import { createInterface } from 'node:readline'
import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import { sqliteAdapter } from '@synclayer/adapter-sqlite'
import { createSyncServer, jwtAuthentication, type ServerLimits } from '@synclayer/server'
import { serveSync } from '@synclayer/server/node'
import { programArguments, say } from '../../engine/programs/engine-program.ts'

/** How a server of the tests is set up, as it is given to this program in JSON. */
export interface ServerSettings {
  /** Tokens signed with it are asked for; without, whoever comes may use every scope. */
  readonly secret?: string
  readonly limits?: ServerLimits
  /** How long the head of a request may take to come. */
  readonly headersMs?: number
  /** How often the file is looked at for what other processes wrote. */
  readonly pollIntervalMs?: number
  /** How many times as fast as the clock on the wall what the server waits for comes. */
  readonly speed?: number
}

const [file, port, settingsText] = programArguments('file', 'port', 'settings') as [string, string, string]
const settings = JSON.parse(settingsText) as ServerSettings
const { secret, limits, headersMs = 10_000, pollIntervalMs = 50, speed = 1 } = settings
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const server = createSyncServer({
  adapter: sqliteAdapter({ path: file, durability: 'process', pollIntervalMs, busyTimeoutMs: 30_000 }),
  authenticate:
    secret === undefined ? () => ({ id: 'anyone', scopes: () => true }) : jwtAuthentication({ secret }),
  limits: { requestsPerSecond: 1_000_000, burst: 1_000_000, sockets: 5_000, ...limits },
  timers: {
    after(delayMs, task) {
      const timer = setTimeout(task, delayMs / speed).unref()
      return () => clearTimeout(timer)
    },
  },
  // Clients that vanish are what is tested here.
  logger: {
    log(level, message, details) {
      if (level === 'error') process.stderr.write(`${message} ${inspect(details)}\n`)
    },
  },
})

const serving = await serveSync({
  server: {
    ...server,
    connect: (socket, head) =>
      server.connect(
        {
          send: (text) => socket.send(text),
          close(code, reason) {
            say(`closed ${code}`)
            socket.close(code, reason)
          },
          get bufferedBytes() {
            return socket.bufferedBytes
          },
        },
        head,
      ),
  },
  port: Number(port),
  headersMs,
})
await server.ready()
const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  if (line === 'stop') void serving.close().then(() => process.exit(0))
  if (line === 'processor') {
    const { user, system } = process.cpuUsage()
    say(`processor ${(user + system) / 1_000}`)
  }
  if (line !== 'memory') return
  collectGarbage()
  const { rss, heapUsed } = process.memoryUsage()
  say(`memory ${rss} ${heapUsed}`)
})
// Whoever started it is gone.
lines.on('close', () => process.exit(1))
say(`ready ${serving.port}`)
