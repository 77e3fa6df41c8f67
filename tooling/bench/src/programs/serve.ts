/** A server in a process of its own, over the SQLite file it is given. Says `ready <url>`; ends with its standard input. */
import { sqliteAdapter } from '@synclayer/adapter-sqlite'
import { createSyncServer } from '@synclayer/server'
import { serveSync } from '@synclayer/server/node'

const [, , path, durability] = process.argv
if (path === undefined || (durability !== 'process' && durability !== 'power')) {
  throw new Error('Give the path of the database, and "process" or "power".')
}
const server = createSyncServer({
  adapter: sqliteAdapter({ path, durability }),
  authenticate: () => ({ id: 'anyone', scopes: () => true }),
  limits: { requestsPerSecond: 1_000_000, burst: 1_000_000 },
})
const serving = await serveSync({ server, port: 0 })
await server.ready()
process.stdin.on('end', () => void serving.close()).resume()
console.log(`ready ${serving.url}`)
