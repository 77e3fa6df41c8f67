/**
 * LISTEN and NOTIFY. The listener has a connection of its own; whether anything arrives there is found out by a word to
 * oneself, since poolers of transactions take LISTEN and nothing ever comes of it. Words are sent after commits, and not
 * more often than now and then: NOTIFY within a transaction would make all commits of the server wait for each other.
 */
import { randomUUID } from 'node:crypto'
import type { Backend } from './backend.ts'
import { quoteName } from './sql/schema-name.ts'

export interface Listener {
  /** Begins to listen, unless it does or is not to. */
  start(): void
  stop(): Promise<void>
  /** True while what others write is told. */
  isTold(): boolean
  /** Tells the other processes soon that a scope has changed. */
  tell(scope: string): void
  close(): Promise<void>
}

const TELL_EVERY_MS = 25
// A payload has less than 8,000 bytes; a scope is at most 128 characters of ASCII.
const SCOPES_PER_WORD = 60
const PROBE_TIMEOUT_MS = 2_000
const RECONNECT_MS = { shortest: 250, longest: 30_000 }

/** `onWord` is called with the scopes that a process has told of; with null where any may have changed unheard. */
export function createListener(
  { connection, options, context }: Backend,
  onWord: (scopes: readonly string[] | null) => void,
): Listener {
  const channel = options.schema
  type Client = ReturnType<typeof connection.newClient>
  let client: Client | null = null
  let isTold = false
  let isWanted = false
  let waitMs = RECONNECT_MS.shortest
  let retry: ReturnType<typeof setTimeout> | undefined
  const changed = new Set<string>()
  let telling: Promise<void> | null = null

  const sendWord = async (payload: string): Promise<void> => {
    // What is told is on the disk already, and the word itself need not be.
    const text = `SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)`
    await connection.run('telling of changes', null, text, [channel, payload])
  }
  const drop = async (): Promise<void> => {
    clearTimeout(retry)
    const dropped = client
    client = null
    isTold = false
    await dropped?.end().catch(() => undefined)
  }
  const connectAgain = (lost: Client): void => {
    if (client !== lost) return
    void drop()
    retry = setTimeout(() => void connect(), waitMs)
    retry.unref()
    waitMs = Math.min(waitMs * 2, RECONNECT_MS.longest)
  }
  const connect = async (): Promise<void> => {
    const own = connection.newClient()
    client = own
    const probe = `?${randomUUID()}`
    const heard = new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), PROBE_TIMEOUT_MS)
      timer.unref()
      own.on('notification', ({ payload = '' }) => {
        if (payload === probe) resolve(true)
        else if (!payload.startsWith('?')) onWord(payload.split('\n'))
      })
    })
    own.on('error', () => connectAgain(own))
    own.on('end', () => connectAgain(own))
    try {
      await own.connect()
      await own.query(`LISTEN ${quoteName(channel)}`)
      await sendWord(probe)
      const isHeard = await heard
      if (client !== own) return
      if (isHeard) {
        isTold = true
        waitMs = RECONNECT_MS.shortest
        // What was written while nobody listened.
        onWord(null)
      } else {
        await drop()
        const message =
          'NOTIFY does not arrive, as behind a pooler of transactions: changes are looked for instead'
        context.logger.log('info', message, {})
      }
    } catch {
      connectAgain(own)
    }
  }
  const sendWords = async (): Promise<void> => {
    while (changed.size > 0) {
      const scopes = [...changed].slice(0, SCOPES_PER_WORD)
      for (const scope of scopes) changed.delete(scope)
      // A word that is lost is found by looking.
      await sendWord(scopes.join('\n')).catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, TELL_EVERY_MS))
    }
    telling = null
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
    tell: (scope) => {
      if (!options.listen) return
      changed.add(scope)
      telling ??= sendWords()
    },
    close: async () => {
      isWanted = false
      await drop()
      await telling
    },
  }
}
