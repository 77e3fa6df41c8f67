/** The client at the other end, in a process of its own: tells which document its live query shows, and since when. */
import { restAdapter } from '@synclayer/adapter-rest'
import { createSyncLayer } from '@synclayer/core'
import { sqliteStorage } from '@synclayer/storage-sqlite'

/** What it says: that it is connected, or what it was told of. Times are of the machine's monotonic clock. */
export type OtherClientMessage = { readonly connected: true } | { readonly id: string; readonly atNs: string }

const [, , path, url, durability] = process.argv
if (path === undefined || url === undefined || (durability !== 'process' && durability !== 'power')) {
  throw new Error('Give the path of the store, the address of the server, and "process" or "power".')
}
const client = await createSyncLayer({
  storage: sqliteStorage({ path }),
  adapter: restAdapter({ url }),
  collections: ['todos'] as const,
  durability,
})
const say = (message: OtherClientMessage): void => void process.send?.(message)
client
  .collection('todos')
  .where('done', 'in', [true, false])
  .orderBy('createdAt', 'desc')
  .limit(1)
  .watch()
  .subscribe(([newest]) => {
    const atNs = process.hrtime.bigint().toString()
    if (newest !== undefined) say({ id: newest.id, atNs })
  })
client.on('realtimeConnected', () => void client.sync().then(() => say({ connected: true })))
process.on('disconnect', () => void client.close())
