import {
  cascadeTests,
  tableContentionTests,
  tableSetUpTests,
  tableTests,
  typeTests,
  uuidTypeTests,
} from '@synclayer/mysql-lab'
import { ownServer, server } from '@synclayer/servers'
import { mariadbAdapter, mariadbSchemaSql } from './mariadb-adapter.ts'

const { url } = await server('mariadb')
const family = {
  product: 'MariaDB',
  url,
  adapter: mariadbAdapter,
  schemaSql: mariadbSchemaSql,
  ownServer: () => ownServer('mariadb'),
} as const

tableTests(family)
typeTests(family)
tableSetUpTests(family)
cascadeTests(family)
tableContentionTests(family)
uuidTypeTests(family)
