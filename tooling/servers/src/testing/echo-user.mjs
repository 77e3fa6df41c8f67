// Asks for the small server as a test would, says its URL, and goes on until it is disconnected: `echo-user.mjs FOLDER shared|own`.
import path from 'node:path'
import { runnerImport } from 'vite'

const [, , folder, kind] = process.argv
const load = async (/** @type {string} */ name) => {
  const { module } = await runnerImport(path.join(import.meta.dirname, name), {
    configFile: false,
    logLevel: 'error',
  })
  return module
}
const { echoDefinition } = await load('echo-definition.ts')
const { createServers } = await load('../servers.ts')
const servers = createServers({
  definitions: [echoDefinition()],
  folder,
  environment: {},
  lingerMs: 100,
  say: () => undefined,
})
const { url } = await (kind === 'own' ? servers.ownServer('echo') : servers.server('echo'))
process.send?.(url)
process.once('disconnect', () => process.exit())
