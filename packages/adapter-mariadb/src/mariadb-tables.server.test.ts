import { tableTests } from '@synclayer/mysql-lab'
import { ownServer, server } from '@synclayer/servers'
import { mariadbAdapter, mariadbSchemaSql } from './mariadb-adapter.ts'

const { url } = await server('mariadb')

tableTests({
  product: 'MariaDB',
  url,
  adapter: mariadbAdapter,
  schemaSql: mariadbSchemaSql,
  ownServer: () => ownServer('mariadb'),
})
