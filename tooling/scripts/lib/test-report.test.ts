import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from './repository.mjs'
import { complaintsOf, rowsOf, sum, table } from './test-report.mjs'

function file(
  name: string,
  status: string,
  ...statuses: string[]
): Parameters<typeof rowsOf>[0]['testResults'][0] {
  return { name: path.join(root, name), status, assertionResults: statuses.map((status) => ({ status })) }
}

describe('rowsOf', () => {
  test('counts per package, whatever is neither passed nor failed as skipped', () => {
    const rows = rowsOf(
      {
        testResults: [
          file('packages/core/src/a.test.ts', 'passed', 'passed', 'passed', 'pending'),
          file('packages/core/src/b/c.test.ts', 'failed', 'passed', 'failed', 'todo'),
          file('packages/adapter-sqlite/src/d.test.ts', 'passed', 'passed'),
        ],
      },
      root,
    )
    expect(rows).toMatchObject([
      { suite: 'packages/adapter-sqlite', passed: 1, failed: 0, skipped: 0 },
      { suite: 'packages/core', passed: 3, failed: 1, skipped: 2 },
    ])
    expect(sum(rows)).toEqual({ passed: 4, failed: 1, skipped: 2 })
  })

  test('counts a file that could not be loaded as one failure', () => {
    const rows = rowsOf({ testResults: [file('packages/core/src/a.test.ts', 'failed')] }, root)
    expect(sum(rows)).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })

  test('names each backend of a suite once', () => {
    const files = ['a', 'b', 'c'].map((name) =>
      file(`packages/adapter-sqlite/src/${name}.test.ts`, 'passed', 'passed'),
    )
    const rows = rowsOf({ testResults: files }, root, ({ name }) =>
      name.endsWith('a.test.ts') ? ['MySQL 9.7'] : ['MariaDB 10.11', 'MySQL 9.7'],
    )
    expect(rows).toMatchObject([{ passed: 3, against: 'MySQL 9.7, MariaDB 10.11' }])
  })

  test('knows the suites that are no package', () => {
    const files = ['docs/examples/journal-adapter/a.test.ts', 'tooling/scripts/lib/b.test.ts']
    const rows = rowsOf({ testResults: files.map((name) => file(name, 'passed', 'passed')) }, root)
    // Where a browser is to be had, `npm test` has it named as well.
    expect(rows.map((row) => row.against)).toEqual([expect.stringMatching(/^files/), 'this repository'])
  })

  test('names the real database a package was tested against', () => {
    const rows = rowsOf(
      { testResults: [file('packages/storage-sqlite/src/a.test.ts', 'passed', 'passed')] },
      root,
    )
    expect(table(rows)).toMatch(
      /^packages\/storage-sqlite +1 +0 +0 {2}SQLite \d[\d.]* \(real, better-sqlite3 [\d.]+\)$/m,
    )
  })
})

describe('complaintsOf', () => {
  const run = { failed: [], total: { passed: 3, failed: 0, skipped: 0 }, notRun: [], isRequired: false }

  test('has none where all passed, and what could not be run was not required', () => {
    expect(complaintsOf(run)).toEqual([])
    expect(complaintsOf({ ...run, notRun: ['MySQL: no way'] })).toEqual([])
  })

  test('names failed steps, servers that are required and not here, and a run without tests', () => {
    expect(complaintsOf({ ...run, failed: ['lint'] })).toEqual(['lint'])
    expect(complaintsOf({ ...run, total: { passed: 3, failed: 1, skipped: 0 } })).toEqual(['tests'])
    expect(complaintsOf({ ...run, notRun: ['MySQL: no way'], isRequired: true })).toEqual([
      'servers that are required',
    ])
    expect(complaintsOf({ ...run, total: { passed: 0, failed: 0, skipped: 2 } })).toEqual(['no test ran'])
  })
})
