export { restAdapter } from './rest-adapter.ts'
export type { Auth, AuthRequest } from '@synclayer/adapter-kit/http'
export type { RestAdapterOptions, SocketConstructor } from './options.ts'
