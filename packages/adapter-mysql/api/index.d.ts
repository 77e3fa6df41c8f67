export { mysqlAdapter }
export { mysqlSchemaSql }
export { type MysqlAdapterOptions }
export { type MysqlFamilyOptions }
export { type SchemaSqlOptions }
export { type ViewColumnType }
export { type ViewColumns }

export interface MysqlAdapterOptions extends MysqlFamilyOptions {
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

export declare function mysqlAdapter(options: MysqlAdapterOptions): BackendAdapter;

export declare function mysqlSchemaSql(options?: SchemaSqlOptions): string;

