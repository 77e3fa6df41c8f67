import { ownServer, server } from '../index.ts'
import { describeSurvival } from '../testing/mysql-survival.ts'

describeSurvival('MariaDB', await server('mariadb'), await ownServer('mariadb'), 'OFF')
