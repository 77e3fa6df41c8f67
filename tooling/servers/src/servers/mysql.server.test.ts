import { ownServer, server } from '../index.ts'
import { describeSurvival } from '../testing/mysql-survival.ts'

describeSurvival('MySQL', await server('mysql'), await ownServer('mysql'), 'ON')
