/**
 * LISTEN and NOTIFY. The listener has a connection of its own; whether anything arrives there is found out by a word to
 * oneself, since poolers of transactions pass LISTEN on and what comes after is lost. Words are sent after commits, a few
 * times a second at most: NOTIFY within a transaction would make all commits of the server wait for each other.
 */
import { randomUUID } from 'node:crypto'
import type { Backend } from './backend.ts'

export interface Listener {
  /** Connects, unless it is connected or not to listen at all. */
  start(): void
  stop(): Promise<void>
  /** True while what others write is told. */
  isTold(): boolean
  /** Tells the other processes that a scope has changed, soon. */
  notify(scope: string): void
  close(): Promise<void>
}

const NOTIFY_EVERY_MS = 25
// A payload has less than 8,000 bytes; a scope is at most 128 characters of ASCII.
const SCOPES_PER_NOTIFY = 60
const PROBE_TIMEOUT_MS = 2_000
const RECONNECT_MS = { shortest: 250, longest: 30_000 }

/** `onTold` is called when another process, or this one, may have written something that subscribers care for. */
export function createListener({ connection, options, context }: Backend, onTold: () => void): Listener {
  const channel = options.schema
  type Client = ReturnType<typeof connection.newClient>
  let client: Client | null = null
  let isTold = false
  let isWanted = false
  let waitMs = RECONNECT_MS.shortest
  let retry: ReturnType<typeof setTimeout> | undefined
  const changed = new Set<string>()
  let notifying: Promise<void> | null = null

  const lose = (lost: Client): void => {
    if (client !== lost) return
    client = null
    isTold = false
    void lost.end().catch(() => undefined)
    if (!isWanted) return
    retry = setTimeout(() => void connect(), waitMs)
    retry.unref()
    waitMs = Math.min(waitMs * 2, RECONNECT_MS.longest)
    // Until then it is looked for more often.
    onTold()
  }
  const connect = async (): Promise<void> => {
    const own = connection.newClient()
    client = own
    const token = `? ${randomUUID()}`
    let hear: () => void = () => undefined
    const heard = new Promise<boolean>((resolve) => {
      hear = () => resolve(true)
      setTimeout(() => resolve(false), PROBE_TIMEOUT_MS).unref()
    })
    own.on('error', () => lose(own))
    own.on('end', () => lose(own))
    own.on('notification', ({ payload }) => {
      if (payload === token) hear()
      else if (payload?.startsWith('?') === false) onTold()
    })
    try {
      await own.connect()
      await own.query(`LISTEN ${JSON.stringify(channel)}`)
      await connection.run('trying NOTIFY', null, 'SELECT pg_notify($1, $2)', [channel, token])
      isTold = await heard
      if (client !== own) return
      waitMs = RECONNECT_MS.shortest
      if (isTold) onTold()
      else {
        context.logger.log(
          'info',
          'NOTIFY does not arrive, as behind a pooler of transactions: looking now and then',
          {},
        )
        await drop()
      }
    } catch {
      lose(own)
    }
  }
  const drop = async (): Promise<void> => {
    clearTimeout(retry)
    const dropped = client
    client = null
    isTold = false
    await dropped?.end().catch(() => undefined)
  }
  const sendWords = async (): Promise<void> => {
    while (changed.size > 0) {
      const scopes = [...changed].slice(0, SCOPES_PER_NOTIFY)
      for (const scope of scopes) changed.delete(scope)
      try {
        await connection.run('notifying', null, 'SELECT pg_notify($1, $2)', [channel, scopes.join('\n')])
      } catch {
        // A hint that is lost is found by looking.
      }
      await new Promise((resolve) => setTimeout(resolve, NOTIFY_EVERY_MS).unref())
    }
    notifying = null
  }

  return {
    start: () => {
      if (!options.listen || isWanted) return
      isWanted = true
      void connect()
    },
    stop: async () => {
      isWanted = false
      await drop()
    },
    isTold: () => isTold,
    notify: (scope) => {
      if (!options.listen) return
      changed.add(scope)
      notifying ??= sendWords()
    },
    close: async () => {
      isWanted = false
      changed.clear()
      await drop()
      await notifying
    },
  }
}
