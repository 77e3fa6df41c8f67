export { sqliteStorage }
export { type SqliteStorageOptions }

export interface SqliteStorageOptions {
    readonly path: string;
    readonly busyTimeoutMs?: number;
}

export declare function sqliteStorage(options: SqliteStorageOptions): Storage;

