/** All processes of the demonstration: the server and its clients. Whatever was started is ended by its own handle. */
import { join } from 'node:path'
import { type Client, startClient } from './client-process.ts'
import { type ServerProcess, startServer } from './server-process.ts'

export interface Processes {
  server(): Promise<ServerProcess>
  /** A client with its store in a file of its own. */
  client(name: string, settings?: { readonly offline: boolean }): Promise<Client>
  /** A client that has never been here before, and keeps its data in memory. */
  freshClient(): Promise<Client>
  endClients(): Promise<void>
  endAll(): Promise<void>
}

export function createProcesses(folder: string): Processes {
  const ends = { clients: new Set<() => Promise<void>>(), server: new Set<() => Promise<void>>() }
  const running: { server?: Promise<ServerProcess> } = {}
  const server = (): Promise<ServerProcess> =>
    (running.server ??= startServer(join(folder, 'backend.db'), (end) => ends.server.add(end)))
  const start = async (name: string, path: string | null, offline = false): Promise<Client> => {
    const { url } = await server()
    return startClient(name, { url, path, offline }, (end) => ends.clients.add(end))
  }
  const endClients = async (): Promise<void> =>
    void (await Promise.all([...ends.clients].map((end) => end())))
  return {
    server,
    client: (name, settings) =>
      start(name, join(folder, `${name.toLowerCase()}.db`), settings?.offline ?? false),
    freshClient: () => start('A third client', null),
    endClients,
    // The server last: what its clients have begun is answered.
    endAll: async () => {
      await endClients()
      await Promise.all([...ends.server].map((end) => end()))
    },
  }
}
