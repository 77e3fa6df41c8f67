export { after } from './after.ts'
export {
  type Answer,
  closed,
  createHttpClient,
  type HttpClient,
  type HttpClientDeps,
  type HttpClientOptions,
  type HttpRequest,
} from './http-client.ts'
export { type PartSender, pushInParts } from './push-in-parts.ts'
export { type Auth, type AuthRequest, createTokens, type GivenToken, type Tokens } from './tokens.ts'
