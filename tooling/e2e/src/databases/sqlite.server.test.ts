import { openDatabaseLab } from './lab.ts'
import { serverSuite } from './suite.ts'

serverSuite(await openDatabaseLab('sqlite'))
