import { sqliteShop } from './sqlite-shop.ts'
import { existingTablesSuite } from './suite.ts'

existingTablesSuite(sqliteShop)
