export { createRequestListener, type RequestListener } from './request-listener.ts'
export { serveSync, type ServeOptions, type Serving } from './serve-sync.ts'
export { createUpgradeListener, type UpgradeListener } from './upgrade.ts'
