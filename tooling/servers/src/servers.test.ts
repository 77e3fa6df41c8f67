import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ServerDefinition } from './definition.ts'
import { identify } from './keeper/processes.mjs'
import { createServers, type Servers } from './servers.ts'
import { askEcho, echoDefinition, endingWay, nodeWay, refusedWay } from './testing/echo-definition.ts'

const PROCESS = path.join(import.meta.dirname, 'testing/echo-user.mjs')
const TIMEOUT = { timeout: 60_000 }
const WAIT = { timeout: 30_000, interval: 20 }

let folder: string
let servers: Servers

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'synclayer-servers-test-'))
  servers = withDefinitions([echoDefinition()])
})

afterEach(async () => {
  for (const name of ['front', 'echo']) await servers.down(name)
  await vi.waitUntil(() => statesIn(folder).length === 0, WAIT)
  rmSync(folder, { recursive: true })
}, 60_000)

describe('server', TIMEOUT, () => {
  test('starts it, and gives the same one from then on', async () => {
    const first = await servers.server('echo')
    expect(first).toMatchObject({
      name: 'echo',
      product: 'Echo',
      version: '1',
      kind: 'stand-in',
      way: 'node',
    })
    expect(await servers.server('echo')).toEqual(first)
    expect(await askEcho(first.url)).toMatchObject({ starts: 1 })
  })

  test('gives one to all who ask at the same time, in this process and in others', async () => {
    const others = [userProcess(), userProcess()]
    const urls = await Promise.all([
      servers.server('echo').then(({ url }) => url),
      servers.server('echo').then(({ url }) => url),
      ...others.map(({ url }) => url),
    ])
    expect(new Set(urls).size).toBe(1)
    for (const { end } of others) await end()
  })

  test('takes the next way where one is refused', async () => {
    servers = withDefinitions([echoDefinition([refusedWay('Docker', 'no engine'), nodeWay()])])
    expect(await servers.server('echo')).toMatchObject({ way: 'node' })
  })

  test('tells why each way was refused where none is left', async () => {
    servers = withDefinitions([
      echoDefinition([refusedWay('Docker', 'no engine'), refusedWay('npm', 'no package')]),
    ])
    await expect(servers.server('echo')).rejects.toMatchObject({
      code: 'SERVER_MISSING',
      server: 'echo',
      why: 'no TEST_ECHO_URL; Docker: no engine; npm: no package',
    })
  })

  test('takes one whose URL is given, and does not end it', async () => {
    const own = await servers.ownServer('echo')
    servers = createServers({ ...options([echoDefinition([])]), environment: { TEST_ECHO_URL: own.url } })
    expect(await servers.server('echo')).toMatchObject({ url: own.url, way: 'TEST_ECHO_URL' })
    await servers.release('echo')
    expect(await askEcho(own.url)).toMatchObject({ starts: 1 })
    await own.end()
  })

  test('fails where what the URL names does not answer', async () => {
    const given = createServers({
      ...options([echoDefinition()]),
      environment: { TEST_ECHO_URL: 'tcp://127.0.0.1:1' },
    })
    await expect(given.server('echo')).rejects.toThrow('What TEST_ECHO_URL names does not answer')
  })

  test('fails with what it wrote where it starts and ends, and leaves nothing behind', async () => {
    servers = withDefinitions([echoDefinition([endingWay()])])
    await expect(servers.server('echo')).rejects.toThrow('no disk left')
    expect(statesIn(folder)).toEqual([])
  })

  test('starts another in the place of one that died', async () => {
    const first = await servers.server('echo')
    const { pid, child } = await askEcho(first.url)
    process.kill(pid, 'SIGKILL')
    await vi.waitFor(() => expect(servers.running('echo')).toBeNull(), WAIT)
    await vi.waitFor(() => expect(identify(child)).toBeNull(), WAIT)
    const second = await servers.server('echo')
    expect(second.url).not.toBe(first.url)
    expect(await askEcho(second.url)).toMatchObject({ starts: 1 })
  })

  test('starts another in the place of one whose own server is gone', async () => {
    servers = withDefinitions([
      echoDefinition(),
      echoDefinition([nodeWay({ needs: ['echo'] })], { name: 'front' }),
    ])
    const front = await servers.server('front')
    expect(await servers.server('front')).toEqual(front)
    await servers.down('echo')
    const second = await servers.server('front')
    expect(second.url).not.toBe(front.url)
    expect(servers.running('echo')).not.toBeNull()
  })
})

describe('the end of a shared server', TIMEOUT, () => {
  test('comes when all who asked for it have ended, however they did, and takes its children and data along', async () => {
    const [polite, killed] = [userProcess(), userProcess()]
    const url = await polite.url
    expect(await killed.url).toBe(url)
    const { pid, child } = await askEcho(url)
    const data = servers.running('echo')?.details['folder'] ?? ''
    expect(existsSync(data)).toBe(true)
    await polite.end()
    expect(await askEcho(url)).toMatchObject({ pid })
    await killed.kill()
    await vi.waitFor(() => expect([identify(pid), identify(child)]).toEqual([null, null]), WAIT)
    await vi.waitFor(() => expect([existsSync(data), statesIn(folder)]).toEqual([false, []]), WAIT)
  })

  test('comes at once when it is released by the only one who uses it, and not before', async () => {
    const { url } = await servers.server('echo')
    const other = userProcess()
    await other.url
    await servers.release('echo')
    expect(await askEcho(url)).toMatchObject({ starts: 1 })
    await servers.server('echo')
    await other.end()
    await servers.release('echo')
    expect(statesIn(folder)).toEqual([])
  })

  test('is put off until it is told, where it is kept', async () => {
    const { url } = await servers.server('echo', 'kept')
    await servers.release('echo')
    expect(await askEcho(url)).toMatchObject({ starts: 1 })
    expect(await servers.down('echo')).toBe(true)
    expect(statesIn(folder)).toEqual([])
    expect(await servers.down('echo')).toBe(false)
  })

  test('comes where the folder of what runs is removed', async () => {
    const { pid } = await askEcho((await servers.server('echo')).url)
    rmSync(folder, { recursive: true })
    await vi.waitFor(() => expect(identify(pid)).toBeNull(), WAIT)
    mkdirSync(folder, { recursive: true })
  })

  test('is caught up on where its keeper was killed', async () => {
    const first = await servers.server('echo')
    const { pid, child } = await askEcho(first.url)
    process.kill(keeperOf(folder), 'SIGKILL')
    await vi.waitFor(() => expect(servers.running('echo')).toBeNull(), WAIT)
    const second = await servers.server('echo')
    expect(second.url).not.toBe(first.url)
    await vi.waitFor(() => expect([identify(pid), identify(child)]).toEqual([null, null]), WAIT)
    expect(existsSync(first.details['folder'] ?? '')).toBe(false)
    expect(statesIn(folder)).toHaveLength(1)
  })
})

describe('ownServer', TIMEOUT, () => {
  test('is apart from the shared one, and comes back on its data after a kill, a stop and a restart', async () => {
    const shared = await servers.server('echo')
    const own = await servers.ownServer('echo')
    expect(own.url).not.toBe(shared.url)
    const { pid, child } = await askEcho(own.url)
    await own.kill()
    await expect(askEcho(own.url)).rejects.toThrow('ECONNREFUSED')
    await vi.waitFor(() => expect([identify(pid), identify(child)]).toEqual([null, null]), WAIT)
    await own.start()
    expect(await askEcho(own.url)).toMatchObject({ starts: 2 })
    await own.stop()
    await expect(askEcho(own.url)).rejects.toThrow('ECONNREFUSED')
    await own.start()
    await own.restart()
    expect(await askEcho(own.url)).toMatchObject({ starts: 4 })
    await own.end()
    expect(existsSync(own.details['folder'] ?? '')).toBe(false)
    expect(await askEcho(shared.url)).toMatchObject({ starts: 1 })
  })

  test('ends with the process it belongs to, also where that is killed', async () => {
    const user = userProcess('own')
    const { pid, child } = await askEcho(await user.url)
    await user.kill()
    await vi.waitFor(() => expect([identify(pid), identify(child)]).toEqual([null, null]), WAIT)
  })
})

function options(definitions: readonly ServerDefinition[]): Parameters<typeof createServers>[0] {
  return { definitions, folder, environment: {}, lingerMs: 100, say: () => undefined }
}

function withDefinitions(definitions: readonly ServerDefinition[]): Servers {
  return createServers(options(definitions))
}

/** The folders of keepers' notes. */
function statesIn(parent: string): readonly string[] {
  return readdirSync(parent, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  )
}

function keeperOf(parent: string): number {
  const [state = ''] = statesIn(parent)
  const notes = JSON.parse(readFileSync(path.join(parent, state, 'notes.json'), 'utf8')) as {
    keeper: { pid: number }
  }
  return notes.keeper.pid
}

/** Another process that asks for the server. */
function userProcess(kind: 'shared' | 'own' = 'shared'): {
  readonly url: Promise<string>
  readonly end: () => Promise<void>
  readonly kill: () => Promise<void>
} {
  const child = fork(PROCESS, [folder, kind], { execArgv: [] })
  const ended = once(child, 'exit')
  return {
    url: once(child, 'message').then(([url]) => String(url)),
    async end() {
      child.disconnect()
      await ended
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
