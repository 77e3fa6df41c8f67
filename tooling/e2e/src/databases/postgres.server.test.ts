import { openDatabaseLab } from './lab.ts'
import { outageSuite } from './outage-suite.ts'
import { serverSuite } from './suite.ts'

const lab = await openDatabaseLab('postgres')
outageSuite(lab, lab.host.server!)
serverSuite(lab)
