export { createAdapter }
export { schemaSql }
export { type Dialect }
export { type MysqlFamilyOptions }
export { type SchemaSqlOptions }

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
    readonly connectTimeoutMs?: number;
    readonly lockWaitMs?: number;
    readonly statementTimeoutMs?: number;
    readonly pollIntervalMs?: number;
    readonly maxRecordBytes?: number;
    readonly migrate?: boolean;
}

export interface SchemaSqlOptions {
    readonly user?: string;
    readonly host?: string;
    readonly database?: string;
}

export declare function createAdapter(dialect: Dialect, options: MysqlFamilyOptions): BackendAdapter;

export declare function schemaSql(dialect: Dialect, { user, host, database }?: SchemaSqlOptions): string;

