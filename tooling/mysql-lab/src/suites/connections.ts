import type { BackendAdapter, Mutation } from '@synclayer/core/adapter'
import type { OwnServer } from '@synclayer/servers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, context, outcomes, pull, put } from '../calls.ts'
import type { Family } from '../family.ts'
import { createLab, type Lab } from '../lab.ts'

const WRITERS = 6
const EDITS = 25
const TIMEOUT_MS = 120_000
/** Between two troubles, in turns. */
const SHORTEST_PAUSE = 5

/** Connections that an administrator ends, and a server that stops, crashes, or takes no writes for a while. */
export function connectionTests(family: Family): void {
  describe('connections and servers that end', () => {
    let own: OwnServer
    let lab: Lab
    const adapters: BackendAdapter[] = []
    beforeAll(async () => {
      own = await family.ownServer()
      lab = await createLab(own.url)
      for (let n = 0; n < 2; n++) {
        const adapter = family.adapter({ url: lab.url, maxConnections: 4, lockTimeout: 2_000 })
        await adapter.open(context())
        adapters.push(adapter)
      }
    }, TIMEOUT_MS)
    afterAll(async () => {
      await Promise.all(adapters.map((adapter) => adapter.close()))
      await lab.close()
      await own.end()
    }, TIMEOUT_MS)

    /** Writers that push one mutation after the other, each until it is accepted, while `trouble` is made. */
    const writeUnder = async (scope: string, trouble: () => Promise<unknown>): Promise<void> => {
      const begin = await untilSettled(() => pullIn(adapters[0]!, scope, null, 0))
      let isDone = false
      let accepted = 0
      const writers = Array.from({ length: WRITERS }, async (_, writer) => {
        for (let n = 0; n < EDITS; n++) {
          const mutation = {
            ...put(n, { n }, `w${writer}`),
            recordId: `w${writer}-${n}`,
            data: { id: `w${writer}-${n}` },
          }
          await untilAccepted(adapters[writer % 2]!, scope, `w${writer}`, begin, mutation)
          accepted += 1
        }
      })
      const makeTrouble = (async () => {
        for (let pause = SHORTEST_PAUSE; !isDone;) {
          const before = accepted
          await trouble()
          await turns(pause)
          // On a busy machine nothing would ever get through.
          pause = accepted > before ? SHORTEST_PAUSE : 2 * pause
        }
      })()
      await Promise.all(writers).finally(() => (isDone = true))
      await makeTrouble
      const { changes } = await untilSettled(() => pullIn(adapters[1]!, scope, begin.cursor, 1_000))
      expect(changes.map(({ id }) => id).toSorted()).toHaveLength(WRITERS * EDITS)
      expect(new Set(changes.map(({ id }) => id)).size).toBe(WRITERS * EDITS)
    }

    test(
      'all connections killed again and again during pushes: each is applied once (A3, A8)',
      async () => {
        let killed = 0
        await writeUnder('killed', async () => {
          killed += await lab.killConnections()
        })
        expect(killed).toBeGreaterThan(0)
      },
      TIMEOUT_MS,
    )

    test(
      'the server restarted, and killed, in the middle of pushes: each is applied once (A3, A8)',
      async () => {
        let round = 0
        await writeUnder('restarted', async () => {
          if (round++ >= 2) return
          await turns(20)
          if (round === 1) await own.restart()
          else {
            await own.kill()
            await own.start()
          }
        })
        expect(round).toBeGreaterThanOrEqual(2)
      },
      TIMEOUT_MS,
    )

    test(
      'after a restart a new mark is made (A4)',
      async () => {
        const before = await pull(adapters[0]!, null, 0)
        expect(await outcomes(adapters[0]!, put(1))).toEqual(['accepted'])
        const marks = async (): Promise<number> =>
          (
            await lab.sql(
              "SELECT 1 FROM synclayer_mark JOIN synclayer_feed USING (feed) WHERE scope = 'default'",
            )
          ).length
        const made = await marks()
        // Runs of a server are told apart by the second they began in.
        await lab.sql('SELECT SLEEP(2)')
        await own.restart()
        expect(await outcomes(adapters[0]!, put(2))).toEqual(['accepted'])
        expect(await marks()).toBe(made + 1)
        expect((await pull(adapters[0]!, before.cursor)).changes).toHaveLength(2)
      },
      TIMEOUT_MS,
    )

    test(
      'a server that takes no writes says so, serves who can tell how much they have seen, and takes writes again',
      async () => {
        const url = await lab.user((user) => [
          `GRANT SELECT, INSERT, UPDATE, DELETE ON ${lab.database}.* TO '${user}'@'%'`,
        ])
        const adapter = family.adapter({ url })
        await adapter.open(context())
        const { epoch, cursor } = await pull(adapter, null)
        const request = { scope: 'default', clientId: 'c', settled: 0, epoch, cursor, mutations: [put(30)] }
        await lab.sql('SET GLOBAL read_only = 1')
        expect(await codeOf(adapter.push(request, new AbortController().signal))).toBe(
          'BACKEND_FAILED, retryable',
        )
        expect((await pull(adapter, cursor)).hasMore).toBe(false)
        // A replica may lack what was accepted elsewhere.
        expect(await codeOf(pull(adapter, null))).toBe('BACKEND_FAILED, retryable')
        const one = { scope: 'default', collection: 'todos', ids: ['r30'] }
        expect(await codeOf(adapter.fetch(one, new AbortController().signal))).toBe(
          'BACKEND_FAILED, retryable',
        )
        const opened = family.adapter({ url })
        await opened.open(context())
        expect((await pull(opened, cursor)).changes).toEqual([])
        await opened.close()
        await lab.sql('SET GLOBAL read_only = 0')
        expect(await outcomes(adapter, put(30))).toEqual(['accepted'])
        await adapter.close()
      },
      TIMEOUT_MS,
    )
  })
}

interface Begin {
  readonly epoch: string
  readonly cursor: string
}

async function untilAccepted(
  adapter: BackendAdapter,
  scope: string,
  clientId: string,
  { epoch, cursor }: Begin,
  mutation: Mutation,
): Promise<void> {
  const request = { scope, clientId, settled: 0, epoch, cursor, mutations: [mutation] }
  const { results } = await untilSettled(() => adapter.push(request, new AbortController().signal))
  expect(results).toMatchObject([{ status: 'accepted' }])
}

/** The call's answer. What may be tried again is tried again, as an engine would. */
async function untilSettled<Result>(call: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await call()
    } catch (error) {
      const { retryable } = error as { readonly retryable?: unknown }
      if (retryable !== true) throw error
      await turns(5)
    }
  }
}

function pullIn(
  adapter: BackendAdapter,
  scope: string,
  cursor: string | null,
  limit: number,
): ReturnType<BackendAdapter['pull']> {
  const request = { scope, collections: [{ name: 'todos' }], cursor, limit }
  return adapter.pull(request, new AbortController().signal)
}

/** Lets others go on for a few milliseconds each. */
async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setTimeout(resolve, 2))
}
