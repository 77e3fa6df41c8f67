import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createPlace, type Place } from './server-program.ts'

let place: Place
beforeEach(() => (place = createPlace()))
afterEach(() => place.remove())

const PASSWORD = 'hunter2'
const ADDRESS = `acme://ada:${PASSWORD}@127.0.0.1/app`

/** An adapter in a file of whoever runs the server, which does what `open` says, and the rest as one of SQLite. */
function writeAdapter(open: string): void {
  const sqlite = import.meta.resolve('@synclayer/adapter-sqlite')
  const text = `
    import { sqliteAdapter } from ${JSON.stringify(sqlite)}
    export default ({ url, file, ...unknown }) => {
      const adapter = sqliteAdapter({ path: file })
      return { ...adapter, name: 'acme', async open(context) { ${open} } }
    }`
  writeFileSync(join(place.folder, 'adapter.mjs'), text)
}

const ARGS = ['--adapter', './adapter.mjs', '--adapter-options', '{"file":"acme.db"}']

describe('synclayer-server --adapter', () => {
  test('serves the adapter of a file, with its address and its options', async () => {
    writeAdapter('context.logger.log("info", "Open", { url, unknown }); return adapter.open(context)')
    const server = await place.serve(ARGS, { SYNCLAYER_URL: ADDRESS })
    const shown = 'acme://ada:…@127.0.0.1/app'
    expect(server.entries).toContainEqual(expect.objectContaining({ msg: 'Open', url: shown, unknown: {} }))
    expect(server.entries.at(-1)).toMatchObject({ msg: 'Serving', adapter: './adapter.mjs', place: shown })
    expect((await fetch(`${server.url}/ready`)).status).toBe(200)
    const { lines, errors } = await server.stop()
    expect(lines.join('\n') + errors).not.toContain(PASSWORD)
  })

  test('warns of a password on the command line, and shows it nowhere', async () => {
    writeAdapter('return adapter.open(context)')
    const server = await place.serve([...ARGS, '--url', ADDRESS])
    const warnings = server.entries.filter(({ level }) => level === 'warn').map(({ msg }) => msg)
    expect(warnings).toContainEqual(expect.stringContaining('set SYNCLAYER_URL instead'))
    const { lines, errors } = await server.stop()
    expect(lines.join('\n') + errors).not.toContain(PASSWORD)
  })

  test('a driver that quotes its address where it fails gives no password away', async () => {
    writeAdapter('throw new Error("cannot reach " + url, { cause: new Error("at " + url) })')
    const { code, lines, errors } = await place.run([...ARGS, '--port', '0'], { SYNCLAYER_URL: ADDRESS })
    expect(code).toBe(1)
    expect(errors).toContain('cannot reach acme://ada:…@127.0.0.1/app')
    expect(lines.join('\n')).toContain('cannot reach acme://ada:…@127.0.0.1/app')
    expect(lines.join('\n') + errors).not.toContain(PASSWORD)
  })

  test.each([
    [['--adapter', 'postgres'], 'set SYNCLAYER_URL'],
    [['--adapter', 'postgers'], 'Did you mean "postgres"?'],
    [['--adapter', '@acme/none'], 'There is no adapter @acme/none'],
    [['--url', ADDRESS], '--url is of no use to sqlite'],
  ])('refuses %j', async (args, reason) => {
    const { code, errors, lines } = await place.run(args)
    expect([code, lines]).toEqual([2, []])
    expect(errors).toContain(reason)
    expect(errors).not.toContain(PASSWORD)
  })
})
