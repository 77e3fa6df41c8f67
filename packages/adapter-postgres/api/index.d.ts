export { postgresAdapter }
export { postgresSchemaSql }
export { type PostgresAdapterOptions }
export { type PostgresSchemaOptions }
export { type TableOptions }
export { type TablesOption }
export { type ViewColumnType }
export { type ViewColumns }

export interface PostgresAdapterOptions {
    readonly url?: string;
    readonly pool?: Pool;
    readonly schema?: string;
    readonly migrate?: boolean;
    readonly maxConnections?: number;
    readonly ssl?: boolean | ConnectionOptions;
    readonly listen?: boolean;
    readonly pollInterval?: Duration;
    readonly statementTimeout?: Duration;
    readonly lockTimeout?: Duration;
    readonly maxRecordBytes?: number;
    readonly indexes?: Readonly<Record<string, readonly (string | readonly string[])[]>>;
    readonly views?: Readonly<Record<string, ViewColumns>>;
    readonly tables?: TablesOption;
}

export interface PostgresSchemaOptions {
    readonly schema?: string;
    readonly role?: string;
}

export type ViewColumnType = 'text' | 'boolean' | 'numeric' | 'double precision' | 'bigint' | 'jsonb';

export type ViewColumns = Readonly<Record<string, ViewColumnType>>;

export declare function postgresAdapter(options: PostgresAdapterOptions): BackendAdapter;

export declare function postgresSchemaSql(options?: PostgresSchemaOptions): string;

