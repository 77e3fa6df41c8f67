/** What a server, and a client of one, needs besides the adapter contract: the protocol of docs/reference/protocol.md. */
export {
  type ClientMessage,
  DEAD_AFTER_MS,
  type ErrorBody,
  type Hello,
  MAX_SOCKET_MESSAGE_BYTES,
  MAX_SOCKET_PAGE_BYTES,
  PING_INTERVAL_MS,
  PROTOCOL_VERSION,
  type ServerMessage,
  SOCKET_ERRORS,
  SOCKET_PROTOCOL,
  type SocketErrorCode,
  type SocketPage,
} from './protocol/wire.ts'
export { formatRfc3339, parseRfc3339 } from './protocol/rfc3339.ts'
export {
  checkClientMessage,
  type CheckedServerMessage,
  checkErrorBody,
  checkHello,
  checkServerMessage,
} from './document/check-wire.ts'
