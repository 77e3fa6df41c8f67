// `npm start`: from an empty clone to the todo app in a browser, in one command. `npm start -- --help` tells the rest.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { bootstrapOrExplain } from './bootstrap.mjs'
import { startAppServer } from './lib/app-server.mjs'
import { build } from './lib/build.mjs'
import { freePort } from './lib/free-port.mjs'
import { root } from './lib/repository.mjs'

const usage = `Usage: npm start -- [options]

Builds the todo app and the reference server, and serves both at one address of this machine until Ctrl+C.

  --port NUMBER   the port to listen on (8787); where it is taken, the next that is free
  --data FOLDER   where the database is kept (.data)
  --built         takes what was built before as it is
  --once          starts with an empty database, sees that the app and sync answer, and ends
  -h, --help      shows this`

const host = '127.0.0.1'

process.exitCode = await start()

async function start() {
  const options = readOptions()
  if (typeof options === 'number') return options
  const failed = options.built ? 0 : await prepare()
  if (failed !== 0) return failed
  return options.once ? once() : serve(options)
}

/** Gives an exit code. */
async function prepare() {
  if (!(await bootstrapOrExplain())) return 1
  console.log('Building the todo app, the server, and what they need')
  return build(['--filter=@synclayer/todo...', '--filter=synclayer-server...'])
}

/** @typedef {{ port: number, data: string, built: boolean, once: boolean }} Options */

/** Or an exit code, where there is nothing to start. @returns {Options | number} */
function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '8787' },
        data: { type: 'string', default: path.join(root, '.data') },
        built: { type: 'boolean', default: false },
        once: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.help) {
      console.log(usage)
      return 0
    }
    const port = /^\d+$/.test(values.port) ? Number(values.port) : Number.NaN
    if (port >= 1 && port <= 65_535) return { ...values, port }
    console.error(`--port must be a whole number from 1 to 65535, not "${values.port}".\n\n${usage}`)
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${usage}`)
  }
  return 2
}

/** Until it is stopped. @param {Options} options */
async function serve({ port: wanted, data }) {
  mkdirSync(data, { recursive: true })
  const database = path.join(data, 'todo.db')
  const port = await freePort(wanted, host)
  const server = startAppServer(database, port)
  let isStopping = false
  // A terminal sends Ctrl+C to the server as well, which takes the two for one; what else ends this ends it too.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    process.on(signal, () => {
      isStopping = true
      server.stop(signal)
    })
  }
  try {
    const url = await server.url
    console.log(welcome(url, database, port === wanted ? null : wanted))
  } catch (error) {
    if (!isStopping) console.error(messageOf(error))
  }
  return server.ended
}

/** @param {string} url @param {string} database @param {number | null} taken */
function welcome(url, database, taken) {
  const moved =
    taken === null
      ? ''
      : `\nPort ${taken} is taken, by another npm start perhaps: this is the next free one.\n`
  return `
The todo app:  ${url}
${moved}
Sign in under any name: this is a demonstration, and nobody is asked for a password. Choose "Second device,
side by side" in the menu and watch changes arrive; work offline on both, edit the same todo, come back.

The data is in ${path.relative(process.cwd(), database)}: remove it to start over.
Ctrl+C stops the server; the app goes on in the browser, offline.
`
}

/** For machines: nobody looks at it. */
async function once() {
  const folder = mkdtempSync(path.join(tmpdir(), 'synclayer-start-'))
  const server = startAppServer(path.join(folder, 'todo.db'), 0)
  try {
    const url = await server.url
    const page = await fetch(url, { headers: { accept: 'text/html' } })
    const body = JSON.stringify({ name: 'once' })
    const headers = { 'content-type': 'application/json' }
    const signedIn = await fetch(`${url}/demo/sign-in`, { method: 'POST', headers, body })
    /** @type {any} */
    const { token, scopes } = await signedIn.json()
    const pull = await fetch(`${url}/sync/pull`, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${token}` },
      body: JSON.stringify({ scope: scopes[0], collections: [{ name: 'todos' }], cursor: null, limit: 1 }),
    })
    if (!page.ok || !(await page.text()).includes('<script') || !pull.ok)
      throw new Error('It does not answer as it should.')
    console.log(`The app and sync answered at ${url}.`)
    return 0
  } catch (error) {
    console.error(error)
    return 1
  } finally {
    server.stop('SIGTERM')
    await server.ended
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error)
}
