export type { DatabaseHost, DatabaseKind, HostServer, StoredDocument, TestDatabase } from './database.ts'
export { databaseKind, databaseKinds } from './database-kinds.ts'
