export { createAdapter }
export { runCommand }
export { schemaSql }
export { type Dialect }
export { type MysqlFamilyOptions }
export { type SchemaSqlOptions }
export { type ViewColumnType }
export { type ViewColumns }

export interface Dialect {
    readonly name: 'mysql' | 'mariadb';
    readonly product: 'MySQL' | 'MariaDB';
    readonly factory: string;
    readonly leastVersion: readonly [
        major: number,
        minor: number,
        patch: number
    ];
    readonly collation: string;
    readonly serverIdentity: string;
    readonly statusTable: string;
    overwrite(columns: readonly string[]): string;
}

export interface MysqlFamilyOptions {
    readonly url?: string;
    readonly pool?: Pool;
    readonly ssl?: string | SslOptions;
    readonly maxConnections?: number;
    readonly connectTimeout?: Duration;
    readonly lockTimeout?: Duration;
    readonly statementTimeout?: Duration;
    readonly pollInterval?: Duration;
    readonly maxRecordBytes?: number;
    readonly migrate?: boolean;
    readonly indexes?: Readonly<Record<string, readonly (string | readonly string[])[]>>;
    readonly views?: Readonly<Record<string, ViewColumns>>;
    readonly tables?: TablesOption;
}

export interface SchemaSqlOptions {
    readonly user?: string;
    readonly host?: string;
    readonly database?: string;
    readonly indexes?: MysqlFamilyOptions['indexes'];
    readonly views?: MysqlFamilyOptions['views'];
}

export type ViewColumnType = 'text' | 'boolean' | 'integer' | 'double' | 'json';

export type ViewColumns = Readonly<Record<string, ViewColumnType>>;

export declare function createAdapter(dialect: Dialect, options: MysqlFamilyOptions): BackendAdapter;

export declare function runCommand(dialect: Dialect, args: readonly string[], print: (line: string) => void, complain: (line: string) => void): Promise<number>;

export declare function schemaSql(dialect: Dialect, options?: SchemaSqlOptions): string;

