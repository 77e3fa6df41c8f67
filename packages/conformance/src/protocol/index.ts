export type { ProtocolSuiteOptions } from './bench.ts'
export { protocolConformance } from './protocol-conformance.ts'
export type { PlatformSocket, ServerUnderTest, SocketConstructor } from './server-under-test.ts'
