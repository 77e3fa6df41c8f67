/** `--help`. */
import { backendNames } from '../backends/backend-table.ts'
import {
  environmentName,
  type OptionGroup,
  type OptionRow,
  SERVER_GROUPS,
  TOKEN_GROUPS,
} from './option-table.ts'

const NAMES_COLUMN = 29

export const SERVER_HELP = `synclayer-server: the sync server of SyncLayer, over a database of your choice.

Usage: synclayer-server [options]
       synclayer-server token --sub NAME [--scope NAMES] [--expires TIME]

Without any option it serves the SQLite file synclayer.db of this folder on this machine only, to whoever is on it,
scope \`default\`. Other backends are named by --adapter: ${backendNames.slice(1).join(', ')}.

To serve others, set SYNCLAYER_SECRET (or --secret-file, or --jwks): then each request needs a token
(JWT), and gets the scopes that its claim \`scopes\` lists.

${sections(SERVER_GROUPS)}
  -h, --help                 shows this
  -v, --version              shows the version

Each option may also be set in the environment: ${environmentName('path')} for --path, ${environmentName('max-body')} for --max-body. A flag
beats the environment. Times are such as 30s, 5m, 12h, 90d; bytes such as 500kb, 16mb; lists have commas between.
`

export const TOKEN_HELP = `synclayer-server token: makes a token for trying out, signed with the secret of the server.

Usage: synclayer-server token --sub NAME [--scope NAMES] [--expires TIME]

${sections(TOKEN_GROUPS)}
  -h, --help                 shows this

The token is written to the output, and nothing else:

  TOKEN=$(synclayer-server token --sub ada --scope user:ada --expires 7d)
`

function sections(groups: readonly OptionGroup[]): string {
  return groups.map(({ title, rows }) => `${title}:\n${rows.map(rowText).join('')}`).join('\n')
}

function rowText({ name, value, about, fallback }: OptionRow): string {
  const names = `  --${name} ${value}`.padEnd(NAMES_COLUMN - 1)
  return `${names} ${about}${fallback === undefined ? '' : ` (${fallback})`}\n`
}
