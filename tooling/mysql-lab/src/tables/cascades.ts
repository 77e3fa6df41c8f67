import { afterEach, describe, expect, test } from 'vitest'
import type { Family, FamilyOptions } from '../family.ts'
import { createTablesLab, type TablesLab } from './tables-lab.ts'

// The machine may be busy with other suites.
const TIMEOUT_MS = 60_000

/** What foreign keys do to rows fires no triggers of theirs, and is told all the same. */
export function cascadeTests(family: Family): void {
  describe('foreign keys that act by themselves', { timeout: TIMEOUT_MS }, () => {
    let made: TablesLab | undefined
    afterEach(async () => {
      await made?.close()
      made = undefined
    }, TIMEOUT_MS)
    const lab = async (
      schema: readonly string[],
      tables: NonNullable<FamilyOptions['tables']>,
    ): Promise<TablesLab> => {
      made = await createTablesLab(family, schema, tables)
      await made.changes()
      return made
    }

    test('deletes that go down a chain, through tables that are not synced', async () => {
      const { changed, sql } = await lab(
        [
          'CREATE TABLE Country (Id INT PRIMARY KEY)',
          'CREATE TABLE City (Id INT PRIMARY KEY, Country INT, FOREIGN KEY (Country) REFERENCES Country (Id) ON DELETE CASCADE)',
          'CREATE TABLE Street (Id INT PRIMARY KEY, City INT, FOREIGN KEY (City) REFERENCES City (Id) ON DELETE CASCADE)',
          'CREATE TABLE House (Id INT PRIMARY KEY, Street INT, FOREIGN KEY (Street) REFERENCES Street (Id) ON DELETE SET NULL)',
          'INSERT INTO Country VALUES (1), (2)',
          'INSERT INTO City VALUES (1, 1), (3, 2)',
          'INSERT INTO Street VALUES (1, 1), (3, 3)',
          'INSERT INTO House VALUES (1, 1), (3, 3)',
        ],
        { streets: { table: 'Street', id: 'Id' }, houses: { table: 'House', id: 'Id' } },
      )
      // A statement that reads what its trigger reads.
      await sql('DELETE FROM Country WHERE Id IN (SELECT Country FROM City WHERE Id = 1)')
      expect(await changed()).toEqual(['delete streets 1', 'put houses 1'])
      await sql('DELETE FROM Street WHERE Id = 3')
      expect(await changed()).toEqual(['delete streets 3', 'put houses 3'])
    })

    test('changes of keys, also of ids and of scopes that are keys of others', async () => {
      const { adapter, changed, sql } = await lab(
        [
          'CREATE TABLE Owner (Name VARCHAR(20) PRIMARY KEY)',
          `CREATE TABLE Card (Owner VARCHAR(20) PRIMARY KEY, N INT,
             FOREIGN KEY (Owner) REFERENCES Owner (Name) ON UPDATE CASCADE ON DELETE CASCADE)`,
          `CREATE TABLE Thing (Id INT PRIMARY KEY, Owner VARCHAR(20),
             FOREIGN KEY (Owner) REFERENCES Owner (Name) ON UPDATE CASCADE ON DELETE SET NULL)`,
          `INSERT INTO Owner VALUES ('ann'), ('bob')`,
          `INSERT INTO Card VALUES ('ann', 1), ('bob', 2)`,
          `INSERT INTO Thing VALUES (1, 'ann'), (2, 'bob')`,
        ],
        {
          cards: { table: 'Card', id: 'Owner' },
          things: { table: 'Thing', id: 'Id', scope: { column: 'Owner' } },
        },
      )
      const things = async (scope: string): Promise<readonly string[]> => {
        const collections = [{ name: 'things' }]
        const request = { scope, collections, cursor: null, limit: 10 }
        return (await adapter.pull(request, new AbortController().signal)).changes.map(({ id }) => id)
      }
      expect(await things('ann')).toEqual(['1'])
      await sql(`UPDATE Owner SET Name = 'eve' WHERE Name = 'ann'`)
      expect(await changed()).toEqual(['delete cards ann', 'put cards eve'])
      expect([await things('ann'), await things('eve')]).toEqual([[], ['1']])
      expect(await things('bob')).toEqual(['2'])
      await sql(`UPDATE Owner SET Name = Name`)
      expect(await sql('SELECT * FROM synclayer_inbox')).toEqual([])
      await sql('DELETE FROM Owner')
      expect(await changed()).toEqual(['delete cards bob', 'delete cards eve'])
      expect([await things('eve'), await things('bob')]).toEqual([[], []])
    })

    test('a tree in one table, as deep as a cascade may go', async () => {
      const depth = 14
      const { changed, sql } = await lab(
        [
          `CREATE TABLE Node (Id INT PRIMARY KEY, Parent INT, FOREIGN KEY (Parent) REFERENCES Node (Id) ON DELETE CASCADE)`,
          'INSERT INTO Node VALUES (0, NULL), (100, NULL), (101, 100)',
          ...Array.from({ length: depth }, (_, n) => `INSERT INTO Node VALUES (${n + 1}, ${n})`),
        ],
        { nodes: { table: 'Node', id: 'Id' } },
      )
      await sql('DELETE FROM Node WHERE Id = 0')
      const gone = Array.from({ length: depth + 1 }, (_, n) => `delete nodes ${n}`)
      expect(await changed()).toEqual(gone.toSorted())
      expect(await sql('SELECT Id FROM Node ORDER BY Id')).toEqual([{ Id: 100 }, { Id: 101 }])
    })

    test('keys of several columns, between tables with hostile names', async () => {
      const { changed, sql } = await lab(
        [
          'CREATE TABLE `we``ird; --` (`a b` INT, `c``d` INT, PRIMARY KEY (`a b`, `c``d`))',
          `CREATE TABLE \`x'y"z\` (\`i\`\`d\` VARCHAR(20) PRIMARY KEY, p INT, q INT, \`va'l\` TEXT,
             FOREIGN KEY (p, q) REFERENCES \`we\`\`ird; --\` (\`a b\`, \`c\`\`d\`) ON DELETE CASCADE ON UPDATE CASCADE)`,
          'INSERT INTO `we``ird; --` VALUES (1, 1), (1, 2)',
          `INSERT INTO \`x'y"z\` VALUES ('a''--', 1, 1, 'x'), ('b', 1, 2, 'y')`,
        ],
        { odd: { table: `x'y"z`, id: 'i`d', fields: { value: `va'l`, q: 'q' } } },
      )
      await sql('UPDATE `we``ird; --` SET `c``d` = 3 WHERE `c``d` = 2')
      expect(await changed()).toEqual(['put odd b'])
      await sql('DELETE FROM `we``ird; --` WHERE `c``d` = 1')
      expect(await changed()).toEqual([`delete odd a'--`])
    })

    test('keys that lead in circles in too many ways are refused', async () => {
      const self = Array.from(
        { length: 3 },
        (_, n) => `P${n} INT, FOREIGN KEY (P${n}) REFERENCES Node (Id) ON DELETE CASCADE`,
      )
      const refused = lab([`CREATE TABLE Node (Id INT PRIMARY KEY, ${self.join(', ')})`], {
        nodes: { table: 'Node', id: 'Id' },
      })
      await expect(refused).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        details: { option: 'tables.nodes.table' },
      })
    })
  })
}
