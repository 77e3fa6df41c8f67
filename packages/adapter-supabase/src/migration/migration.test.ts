import { postgresSchemaSql } from '@synclayer/adapter-postgres'
import { expect, test } from 'vitest'
import { migrationSql } from './migration.ts'

test('the contract is that of the PostgreSQL adapter, kept in a file', async () => {
  // Where that has changed: npx vitest run packages/adapter-supabase/src/migration --update
  await expect(postgresSchemaSql()).toMatchFileSnapshot('../../sql/contract.sql')
})

test('the functions for clients are in the schema that is named, and nowhere else', () => {
  const inOther = migrationSql('api')
  expect(inOther).toContain('"api".synclayer_pull(request jsonb)')
  expect(inOther).not.toMatch(/public"?\.synclayer/)
})
