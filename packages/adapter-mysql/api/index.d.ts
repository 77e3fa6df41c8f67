export { mysqlAdapter }
export { mysqlSchemaSql }
export { type MysqlAdapterOptions }
export { type MysqlFamilyOptions }
export { type SchemaSqlOptions }

export interface MysqlAdapterOptions extends MysqlFamilyOptions {
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

export declare function mysqlAdapter(options: MysqlAdapterOptions): BackendAdapter;

export declare function mysqlSchemaSql(options?: SchemaSqlOptions): string;

