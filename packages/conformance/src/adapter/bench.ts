/** What each test of the suite gets: a fresh backend with an open adapter, and clients of it. */
import type { AdapterContext, BackendAdapter } from '@synclayer/core/adapter'
import type { RunSettings } from '../run-settings.ts'
import { TEST_TIMEOUT_MS, type TestRunner } from '../runner.ts'
import type { AdapterUnderTest } from './adapter-under-test.ts'
import { type ClientOptions, createTestClient, type TestClient } from './test-client.ts'

export interface Bench {
  readonly adapter: BackendAdapter
  /** An open adapter on the same backend: another one where that can be had, else the same. */
  second(): Promise<BackendAdapter>
  /** A client of the adapter, or of another one. */
  client(options?: ClientOptions, adapter?: BackendAdapter): TestClient
  /** Puts the backend back to what it was at `backup`, closing all adapters first. Undefined where it cannot be. */
  readonly backup: (() => Promise<() => Promise<BackendAdapter>>) | undefined
  /** How long to wait for what must come. */
  readonly patienceMs: number
  readonly maxClientIdLength: number
}

const PATIENCE_MS = 20_000
const MAX_CLIENT_ID_LENGTH = 128

/** Defines one test on a bench of its own. */
export type BenchTest = (title: string, body: (bench: Bench) => Promise<void>, timeoutMs?: number) => void

/** All the suites of adapters need. */
export interface AdapterSuiteOptions extends TestRunner {
  /** A fresh, empty backend. */
  readonly create: () => Promise<AdapterUnderTest>
  /** How long many clients write and read at the same time, 20 seconds unless told, and the seed of what they do. */
  readonly concurrent?: RunSettings
  /**
   * How long the suite waits for what must come, in milliseconds, before it takes it for lost: a wake-up, or a commit in
   * the feed. 20 seconds unless told.
   */
  readonly patienceMs?: number
}

/** A definer of tests, each on a bench of its own. */
export function createBenchTest(options: AdapterSuiteOptions): BenchTest {
  return (title, body, timeoutMs = TEST_TIMEOUT_MS) => {
    options.test(title, () => onBench(options, body), timeoutMs)
  }
}

/** Runs a body on a fresh backend, which is closed and removed whatever happens. */
export async function onBench(
  { create, patienceMs = PATIENCE_MS }: AdapterSuiteOptions,
  body: (bench: Bench) => Promise<void>,
): Promise<void> {
  const under = await create()
  const opened: BackendAdapter[] = []
  const closeAll = async (): Promise<void> => {
    for (const adapter of opened.splice(0)) await adapter.close()
  }
  const open = async (adapter: BackendAdapter): Promise<BackendAdapter> => {
    opened.push(adapter)
    await adapter.open(createTestContext())
    return adapter
  }
  try {
    await body(await createBench(under, open, closeAll, patienceMs))
  } finally {
    await closeAll()
    await under.close()
  }
}

async function createBench(
  under: AdapterUnderTest,
  open: (adapter: BackendAdapter) => Promise<BackendAdapter>,
  closeAll: () => Promise<void>,
  patienceMs: number,
): Promise<Bench> {
  const adapter = await open(under.adapter)
  const { backup, maxClientIdLength = MAX_CLIENT_ID_LENGTH } = under
  return {
    adapter,
    patienceMs,
    maxClientIdLength,
    second: async () => (under.second === undefined ? adapter : open(await under.second())),
    client: (options, of = adapter) => createTestClient(of, options),
    backup:
      backup === undefined
        ? undefined
        : async () => {
            const restore = await backup()
            return async () => {
              await closeAll()
              return open(await restore())
            }
          },
  }
}

/** What the suite opens adapters with: the real time and the platform's randomness. */
export function createTestContext(): AdapterContext {
  return {
    collections: ['todos', 'lists'],
    scopes: [],
    logger: { log: () => {} },
    traffic: { sent: () => {}, received: () => {} },
    clock: { now: () => Date.now() },
    random: {
      bytes: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
      next: Math.random,
    },
  }
}
