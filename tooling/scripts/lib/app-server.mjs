// The reference server with the todo app, in a process of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { root } from './repository.mjs'

const program = path.join(root, 'apps/server/bin/synclayer-server.js')
const app = path.join(root, 'apps/todo/dist')

/**
 * @typedef {object} AppServer
 * @property {Promise<string>} url resolves once it serves; rejects where it ends before
 * @property {Promise<number>} ended its exit code
 * @property {(signal: NodeJS.Signals) => void} stop
 */

/** Its warnings and errors are shown; what else it logs is not. @param {string} database @param {number} port @returns {AppServer} */
export function startAppServer(database, port) {
  const options = [
    '--app',
    app,
    '--demo-sign-in',
    '--path',
    database,
    '--host',
    '127.0.0.1',
    '--port',
    `${port}`,
  ]
  const child = spawn(process.execPath, [program, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: withoutSettings(),
  })
  const ended = once(child, 'close').then(([code]) => Number(code ?? 1))
  /** @type {Promise<string>} */
  const url = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { level, msg, url, error } = JSON.parse(line)
      if (msg === 'Serving') resolve(url)
      // That it is a demonstration is told by whoever started it.
      else if (level !== 'info' && !msg.startsWith('DEMONSTRATION'))
        console.log(`${level}: ${msg}${error === undefined ? '' : `: ${error.message}`}`)
    })
    void ended.then(() => reject(new Error('The server has ended before it served anything.')))
  })
  return { url, ended, stop: (signal) => void child.kill(signal) }
}

/** What somebody set for a server of his own is not meant for this one. */
function withoutSettings() {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith('SYNCLAYER_'))
  return Object.fromEntries(entries)
}
