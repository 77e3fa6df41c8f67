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
