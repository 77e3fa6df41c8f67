import { tableTests } from '@synclayer/mysql-lab'
import { ownServer, server } from '@synclayer/servers'
import { mysqlAdapter, mysqlSchemaSql } from './mysql-adapter.ts'

const { url } = await server('mysql')

tableTests({
  product: 'MySQL',
  url,
  adapter: mysqlAdapter,
  schemaSql: mysqlSchemaSql,
  ownServer: () => ownServer('mysql'),
})
