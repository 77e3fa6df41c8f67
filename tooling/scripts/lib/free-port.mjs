// A port to listen on: the wanted one, or the first after it that nobody has.
import { once } from 'node:events'
import { createServer } from 'node:net'

const TRIED = 20

/** Gives 0, which is any that is free, where the next ones are all taken. @param {number} wanted @param {string} host */
export async function freePort(wanted, host) {
  for (let port = wanted; port < wanted + TRIED && port < 65_536; port += 1) {
    if (await isFree(port, host)) return port
  }
  return 0
}

/** @param {number} port @param {string} host */
async function isFree(port, host) {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
