import { join } from 'node:path'
import { restAdapter } from '@synclayer/adapter-rest'
import { sqliteAdapter } from '@synclayer/adapter-sqlite'
import { type BackendAdapter, createSyncLayer } from '@synclayer/core'
import { sqliteStorage } from '@synclayer/storage-sqlite'
import { compare, type Figure } from '../compare.ts'
import { fillBackend } from '../fill-backend.ts'
import { startServer } from '../server-process.ts'

const COUNT = 100_000

/** A new client takes 100,000 records from a server in a process of its own. Plain: the same adapter, without a server. */
export async function firstSyncOverHttp(folder: string): Promise<readonly Figure[]> {
  const backend = join(folder, 'wire-backend.db')
  await fillBackend(backend, COUNT)
  const server = await startServer(backend, 'process')
  let runs = 0
  const sync = async (adapter: BackendAdapter): Promise<void> => {
    runs += 1
    const client = await createSyncLayer({
      storage: sqliteStorage({ path: join(folder, `wire-first-${runs}.db`) }),
      adapter,
      collections: ['todos'],
      sync: { auto: false },
    })
    await client.sync()
    await client.close()
  }
  const figure = await compare({
    name: 'first sync of 100,000 over HTTP, beside the same without a server',
    durability: 'process (synchronous = NORMAL)',
    aim: 'none; how far it is from direct',
    kind: 'long',
    rounds: 3,
    plain: {
      name: 'sqliteAdapter in the client',
      operations: COUNT,
      run: () => sync(sqliteAdapter({ path: backend })),
    },
    ours: {
      name: 'restAdapter to a server over it',
      operations: COUNT,
      run: () => sync(restAdapter({ url: server.url })),
    },
  })
  await server.stop()
  return [figure]
}
