export { createSyncServer } from './create-sync-server.ts'
export { jwtAuthentication } from './auth/jwt-authentication.ts'
export type { JwtOptions } from './auth/jwt-options.ts'
export type { CorsOption, SyncServerOptions } from './options.ts'
export type { ServerLimits } from './limits.ts'
export type {
  Authenticate,
  Authorize,
  AuthorizeRequest,
  Credentials,
  Principal,
  RequestHead,
  ServerSocket,
  SocketHandler,
  SyncServer,
  Verdict,
} from './contract.ts'
