import { describe, expect, test } from 'vitest'
import { type Backend, backendTable, splitReport, type Usage, usedBy } from './backends.mjs'
import type { TestedFile } from './test-report.mjs'

const found = { product: 'PostgreSQL', version: '15.18', kind: 'real', way: 'installed' }
const usages: Usage[] = [
  { file: '/a.server.test.ts', server: 'postgres', found },
  {
    file: '/a.server.test.ts',
    server: 'pgbouncer',
    found: { ...found, product: 'PgBouncer', version: '1.18.0' },
  },
  { file: '/b.server.test.ts', server: 'postgres', found },
  { file: '/c.server.test.ts', server: 'postgres', found },
  { file: '/c.server.test.ts', server: 'mysql', missing: 'Docker: no engine' },
]

function file(name: string, status: string, ...statuses: string[]): TestedFile {
  return { name, status, assertionResults: statuses.map((each) => ({ status: each })) }
}

describe('splitReport', () => {
  test('takes out the files that could not be loaded since a server is missing', () => {
    const ran = [file('/a.server.test.ts', 'passed', 'passed'), file('/b.server.test.ts', 'failed')]
    expect(splitReport({ testResults: [...ran, file('/c.server.test.ts', 'failed')] }, usages)).toEqual({
      ran: { testResults: ran },
      notRun: [{ file: '/c.server.test.ts', server: 'mysql', why: 'Docker: no engine' }],
    })
  })

  test('leaves a file whose tests failed', () => {
    const report = { testResults: [file('/c.server.test.ts', 'failed', 'failed')] }
    expect(splitReport(report, usages)).toEqual({ ran: report, notRun: [] })
  })
})

test('usedBy names what a file ran against', () => {
  expect(usedBy(usages, '/a.server.test.ts')).toEqual(['PostgreSQL 15.18 (real)', 'PgBouncer 1.18.0 (real)'])
  expect(usedBy(usages, '/d.server.test.ts')).toEqual([])
})

test('backendTable counts the tests of each backend, and tells what was not run', () => {
  const backends: Backend[] = [
    { name: 'postgres', title: 'PostgreSQL', found },
    { name: 'pgbouncer', title: 'PgBouncer', found: { ...found, product: 'PgBouncer', version: '1.18.0' } },
    { name: 'mysql', title: 'MySQL', missing: 'Docker: no engine' },
  ]
  const files = [
    file('/a.server.test.ts', 'passed', 'passed', 'passed'),
    file('/b.server.test.ts', 'failed', 'passed', 'failed'),
  ]
  expect(backendTable(backends, usages, files).split('\n')).toEqual([
    'backend     product and version  kind     passed  failed  skipped  had by',
    'PostgreSQL  PostgreSQL 15.18     real          3       1        0  installed',
    'PgBouncer   PgBouncer 1.18.0     real          2       0        0  installed',
    'MySQL                            not run       0       0        0',
  ])
})
