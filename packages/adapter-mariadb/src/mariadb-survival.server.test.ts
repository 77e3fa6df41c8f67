import { connectionTests } from '@synclayer/mysql-lab'
import { ownServer, server } from '@synclayer/servers'
import { mariadbAdapter, mariadbSchemaSql } from './mariadb-adapter.ts'

const { url } = await server('mariadb')

connectionTests({
  product: 'MariaDB',
  url,
  adapter: mariadbAdapter,
  schemaSql: mariadbSchemaSql,
  ownServer: () => ownServer('mariadb'),
})
