import { postgresShop } from './postgres-shop.ts'
import { existingTablesSuite } from './suite.ts'

existingTablesSuite(postgresShop)
