export { restAdapter } from './rest-adapter.ts'
export type { Auth, AuthRequest, RestAdapterOptions, SocketConstructor } from './options.ts'
