/** Every option there is, in the order of the help. Its environment variable is named after it: `--path` is `SYNCLAYER_PATH`. */

export interface OptionRow {
  readonly name: string
  /** What stands for its value in the help; empty for a flag. */
  readonly value: string
  readonly about: string
  /** What holds where it is left out. */
  readonly fallback?: string
  /** Given several times, or with commas between, it is a list. */
  readonly isList?: true
  /** It has no value: to name it is to set it. */
  readonly isFlag?: true
}

export interface OptionGroup {
  readonly title: string
  readonly rows: readonly OptionRow[]
}

const SECRET_ROWS = [
  {
    name: 'secret-file',
    value: 'FILE',
    about: 'the secret of the tokens (HMAC, 32 bytes or more) is in this file; or set SYNCLAYER_SECRET',
  },
  { name: 'issuer', value: 'NAME', about: 'the `iss` a token must have' },
  { name: 'audience', value: 'NAME', about: 'the `aud` a token must have' },
] as const satisfies readonly OptionRow[]

export const SERVER_GROUPS = [
  {
    title: 'What is served',
    rows: [
      {
        name: 'adapter',
        value: 'NAME',
        about: 'the backend, by its name, or the package or file of an adapter',
        fallback: 'sqlite',
      },
      {
        name: 'path',
        value: 'FILE',
        about: 'the SQLite file, made where it is missing',
        fallback: 'synclayer.db',
      },
      {
        name: 'url',
        value: 'URL',
        about: 'the address of any other database; where it has a password, set SYNCLAYER_URL instead',
      },
      {
        name: 'adapter-options',
        value: 'JSON',
        about: 'what else the adapter takes, such as {"maxConnections": 20}',
      },
      {
        name: 'app',
        value: 'DIR',
        about: 'a built single-page app to serve at the same address',
      },
    ],
  },
  {
    title: 'Where',
    rows: [
      {
        name: 'host',
        value: 'ADDRESS',
        about: 'other than this machine needs tokens',
        fallback: '127.0.0.1',
      },
      { name: 'port', value: 'NUMBER', about: '0 for any that is free', fallback: '8787' },
      {
        name: 'cors',
        value: 'ORIGINS',
        about: 'whose pages may ask: origins such as https://app.example.com, or *',
        isList: true,
      },
    ],
  },
  {
    title: 'For whom',
    rows: [
      ...SECRET_ROWS.slice(0, 1),
      { name: 'jwks', value: 'URL', about: 'tokens are signed by the keys found there' },
      ...SECRET_ROWS.slice(1),
      {
        name: 'demo-sign-in',
        value: '',
        about: 'for demonstrations: a token for whoever gives a name, without a password',
        isFlag: true,
      },
      { name: 'demo-expires', value: 'TIME', about: 'when such a token ends', fallback: '15m' },
    ],
  },
  {
    title: 'What is forgotten',
    rows: [
      {
        name: 'retention',
        value: 'TIME',
        about: 'how long deletes are remembered, or forever; who is away longer starts over',
        fallback: '90d',
      },
      {
        name: 'purge-interval',
        value: 'TIME',
        about: 'how often the older ones are removed',
        fallback: '6h',
      },
    ],
  },
  {
    title: 'What one client may cost',
    rows: [
      { name: 'max-body', value: 'BYTES', about: 'of a request, unpacked', fallback: '16mb' },
      { name: 'max-batch', value: 'COUNT', about: 'mutations in one push', fallback: '1000' },
      { name: 'max-page', value: 'COUNT', about: 'changes in one page', fallback: '5000' },
      { name: 'max-ids', value: 'COUNT', about: 'ids in one fetch', fallback: '1000' },
      { name: 'max-rate', value: 'COUNT', about: 'requests in a second, in the long run', fallback: '100' },
      { name: 'max-burst', value: 'COUNT', about: 'requests at once, after a quiet time', fallback: '1000' },
      { name: 'max-sockets', value: 'COUNT', about: 'sockets', fallback: '100' },
      { name: 'max-subscriptions', value: 'COUNT', about: 'subscriptions of a socket', fallback: '100' },
      {
        name: 'request-timeout',
        value: 'TIME',
        about: 'for a body to come, and for the backend to answer',
        fallback: '30s',
      },
    ],
  },
  {
    title: 'Else',
    rows: [
      {
        name: 'log-level',
        value: 'LEVEL',
        about: 'debug, info, warning, error or off',
        fallback: 'info',
      },
    ],
  },
] as const satisfies readonly OptionGroup[]

export const TOKEN_GROUPS = [
  {
    title: 'Of a token',
    rows: [
      { name: 'sub', value: 'NAME', about: 'whose it is' },
      { name: 'scope', value: 'NAMES', about: 'the scopes it grants', fallback: 'default', isList: true },
      { name: 'expires', value: 'TIME', about: 'when it ends', fallback: '1h' },
      ...SECRET_ROWS,
    ],
  },
] as const satisfies readonly OptionGroup[]

export type ServerOptionName = (typeof SERVER_GROUPS)[number]['rows'][number]['name']
export type TokenOptionName = (typeof TOKEN_GROUPS)[number]['rows'][number]['name']

/** `SYNCLAYER_MAX_BODY` for `max-body`. */
export function environmentName(option: string): string {
  return `SYNCLAYER_${option.toUpperCase().replaceAll('-', '_')}`
}

export function rowsOf(groups: readonly OptionGroup[]): readonly OptionRow[] {
  return groups.flatMap(({ rows }) => rows)
}
