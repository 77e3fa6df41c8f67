/** Our server against the suite of the protocol, and servers broken on purpose, each of which it must find out. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { sqliteAdapter } from '@synclayer/adapter-sqlite'
import { protocolConformance, type ServerUnderTest } from '@synclayer/conformance/protocol'
import { describe, expect, test } from 'vitest'
import type { Principal, SyncServer } from './contract.ts'
import { createSyncServer } from './create-sync-server.ts'
import type { ServerLimits } from './limits.ts'
import { type Break, type Mutants, UNCHANGED } from './mutants/mutant.ts'
import { REQUEST_MUTANTS } from './mutants/requests.ts'
import { SOCKET_MUTANTS } from './mutants/sockets.ts'
import { serveSync } from './node/serve-sync.ts'

const MUTANTS: Mutants = { ...REQUEST_MUTANTS, ...SOCKET_MUTANTS }

const TIMEOUT_MS = 60_000

const SCOPE = 'team:1'

/** By their tokens. Whoever else comes is nobody. */
const PRINCIPALS: Readonly<Record<string, Principal>> = {
  'good-token-1': { id: 'alice', scopes: [SCOPE] },
  'second-token-2': { id: 'bob', scopes: [SCOPE] },
  'other-token-3': { id: 'carol', scopes: ['team:2'] },
  'expired-token-4': { id: 'alice', scopes: [SCOPE], expiresAt: 1 },
  'revoked-token-5': { id: 'dave', scopes: [], revokedScopes: [SCOPE] },
}

/** Followed by when it expires. */
const BRIEF = 'brief-token-'

function principalOf(token: string): Principal | null {
  if (token.startsWith(BRIEF))
    return { id: 'alice', scopes: [SCOPE], expiresAt: Number(token.slice(BRIEF.length)) }
  return PRINCIPALS[token] ?? null
}

/** A fresh server on a fresh file, or one with something wrong. */
async function create(breakOne: Break = (whole) => whole): Promise<ServerUnderTest> {
  const folder = await mkdtemp(path.join(tmpdir(), 'synclayer-protocol-'))
  const adapter = sqliteAdapter({ path: path.join(folder, 'data.db') })
  const serve = async (
    of: typeof adapter,
    limits: ServerLimits,
  ): Promise<{ url: string; close(): Promise<void> }> => {
    const server: SyncServer = createSyncServer({
      adapter: of,
      authenticate: ({ token }) => principalOf(token ?? ''),
      limits: { bodyBytes: 1024 * 1024, ids: 100, batch: 100, ...limits },
      logger: { log: () => {} },
    })
    await server.ready()
    return serveSync({ server: breakOne(server), port: 0 })
  }
  const served = await serve(adapter, { burst: 10_000 })
  // So few a second that a slow machine does not earn them as fast as it uses them up.
  const few = { burst: 20, requestsPerSecond: 1 }
  const limited = await serve(sqliteAdapter({ path: path.join(folder, 'limited.db') }), few)
  return {
    url: served.url,
    token: 'good-token-1',
    secondToken: 'second-token-2',
    otherToken: 'other-token-3',
    expiredToken: 'expired-token-4',
    revokedToken: 'revoked-token-5',
    briefToken: async () => `${BRIEF}${Date.now() + 1_500}`,
    limitedUrl: limited.url,
    scope: SCOPE,
    purge: async () => {
      await adapter.purge!({ scope: SCOPE, before: Date.now() + 1_000 })
    },
    close: async () => {
      await Promise.all([served.close(), limited.close()])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

describe('createSyncServer', () => {
  protocolConformance({
    describe,
    test,
    create: () => create(),
    note: (title, reason) => {
      throw new Error(`Not tested: ${title} (${reason})`)
    },
  })
})

interface Collected {
  /** With the name of its group. */
  readonly title: string
  readonly body: () => Promise<void>
}

function collect(breakOne: Break): readonly Collected[] {
  const tests: Collected[] = []
  let group = ''
  protocolConformance({
    describe: (name, body) => {
      group = name
      body()
    },
    test: (title, body) => tests.push({ title: `${group}: ${title}`, body }),
    create: () => create(breakOne),
    patienceMs: 1_000,
  })
  return tests
}

describe('protocolConformance', () => {
  test(
    'passes a server behind proxies that change nothing',
    async () => {
      const named = collect(UNCHANGED).filter(({ title }) =>
        Object.values(MUTANTS).some(({ failing }) => failing.test(title)),
      )
      for (const { title, body } of named) await expect(body(), title).resolves.toBeUndefined()
    },
    TIMEOUT_MS,
  )

  for (const [name, mutant] of Object.entries(MUTANTS)) {
    test(
      `finds out a server that ${name}`,
      async () => {
        const named = collect(mutant.break).filter(({ title }) => mutant.failing.test(title))
        expect(named.length).toBeGreaterThan(0)
        const outcomes = await Promise.allSettled(named.map(({ body }) => body()))
        expect(outcomes.map(({ status }) => status)).toContain('rejected')
      },
      TIMEOUT_MS,
    )
  }
})
