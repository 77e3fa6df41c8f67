import { mysqlShop } from './mysql-shop.ts'
import { existingTablesSuite } from './suite.ts'

existingTablesSuite(mysqlShop('mysql'))
