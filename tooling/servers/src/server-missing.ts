/** No way led to a server. */
export class ServerMissing extends Error {
  /** What a run of the tests knows it by, in the report of a file that could not be loaded. */
  static readonly CODE = 'SERVER_MISSING'
  readonly code: typeof ServerMissing.CODE = ServerMissing.CODE
  readonly server: string
  readonly why: string

  /** @param why a sentence for each way that was tried */
  constructor(server: string, why: string) {
    super(`${ServerMissing.CODE} ${server}: ${why}`)
    this.name = 'ServerMissing'
    this.server = server
    this.why = why
  }
}
