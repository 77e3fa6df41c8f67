export { sqliteAdapter }
export { type SqliteAdapterOptions }
export { type TableOptions }
export { type TablesOption }

export interface SqliteAdapterOptions {
    readonly path?: string;
    readonly database?: Database;
    readonly durability?: 'power' | 'process';
    readonly busyTimeoutMs?: number;
    readonly pollIntervalMs?: number;
    readonly maxRecordBytes?: number;
    readonly tables?: TablesOption;
}

export declare function sqliteAdapter(options: SqliteAdapterOptions): BackendAdapter;

