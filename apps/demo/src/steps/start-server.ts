import type { Demonstration } from '../demonstration.ts'

/** The reference server, on an empty database. */
export async function startServer({ terminal, processes }: Demonstration): Promise<void> {
  terminal.step(
    'A server starts',
    'It is `npx synclayer-server`, as anyone would start it: no set-up, a SQLite file, this machine only. It holds nothing but that database; run several in front of one, or your own around @synclayer/server.',
  )
  const server = await processes.server()
  terminal.done(`It serves ${server.url}, as process ${server.pid}`)
}
