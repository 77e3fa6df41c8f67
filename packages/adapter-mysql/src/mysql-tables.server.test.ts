import {
  cascadeTests,
  tableContentionTests,
  tableSetUpTests,
  tableTests,
  typeTests,
} from '@synclayer/mysql-lab'
import { ownServer, server } from '@synclayer/servers'
import { mysqlAdapter, mysqlSchemaSql } from './mysql-adapter.ts'

const { url } = await server('mysql')
const family = {
  product: 'MySQL',
  url,
  adapter: mysqlAdapter,
  schemaSql: mysqlSchemaSql,
  ownServer: () => ownServer('mysql'),
} as const

tableTests(family)
typeTests(family)
tableSetUpTests(family)
cascadeTests(family)
tableContentionTests(family)
