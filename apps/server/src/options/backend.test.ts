import { isSyncError } from '@synclayer/core/adapter'
import { describe, expect, test } from 'vitest'
import { type BackendOptions, readBackend } from './backend.ts'
import { readGivenOptions } from './given-options.ts'
import { SERVER_GROUPS, type ServerOptionName } from './option-table.ts'

const URL = 'postgres://ada:hunter2@db/app'

function read(args: readonly string[], environment: NodeJS.ProcessEnv = {}): BackendOptions {
  return readBackend(readGivenOptions<ServerOptionName>(SERVER_GROUPS, args, environment))
}

function complaint(args: readonly string[], environment: NodeJS.ProcessEnv = {}): string {
  try {
    read(args, environment)
  } catch (error) {
    if (isSyncError(error, 'INVALID_OPTION')) return error.message
    throw error
  }
  return 'none'
}

describe('readBackend', () => {
  test('a database on a server is named by its address, which the environment keeps to itself', () => {
    const wanted = { adapter: 'postgres', path: null, url: URL, options: {} }
    expect(read(['--adapter', 'postgres'], { SYNCLAYER_URL: URL })).toEqual({
      ...wanted,
      showsPassword: false,
    })
    expect(read(['--adapter', 'postgres', '--url', URL])).toEqual({ ...wanted, showsPassword: true })
    expect(read(['--adapter', 'postgres', '--url', 'postgres://db/app']).showsPassword).toBe(false)
  })

  test('an adapter that is not of the table is given what was given', () => {
    const nothing = { path: null, url: null, options: {} }
    expect(read(['--adapter', '@acme/adapter'])).toMatchObject(nothing)
    const args = ['--adapter', './own.js', '--path', 'a', '--url', 'b', '--adapter-options', '{"c":1}']
    expect(read(args)).toMatchObject({ adapter: './own.js', path: 'a', url: 'b', options: { c: 1 } })
  })

  test('the path of a container is no complaint where the data is elsewhere', () => {
    const environment = { SYNCLAYER_PATH: '/data/synclayer.db', SYNCLAYER_URL: URL }
    expect(read(['--adapter', 'mysql'], environment)).toMatchObject({ path: null, url: URL })
  })

  test.each([
    [['--adapter', 'postgres'], {}, 'set SYNCLAYER_URL, or give --url, such as postgres://'],
    [['--adapter', 'mysql', '--path', 'x.db'], { SYNCLAYER_URL: URL }, '--path is of no use to mysql'],
    [[], { SYNCLAYER_URL: URL }, 'SYNCLAYER_URL is of no use to sqlite'],
    [['--url', URL], {}, '--url is of no use to sqlite'],
    [['--adapter-options', '{"password":"hunter2"'], {}, '--adapter-options must be a JSON object'],
    [['--adapter-options', '["hunter2"]'], {}, '--adapter-options must be a JSON object'],
  ])('%j with %j is refused, and no password told', (args, environment: NodeJS.ProcessEnv, message) => {
    expect(complaint(args, environment)).toContain(message)
    expect(complaint(args, environment)).not.toContain('hunter2')
  })
})
