export { mariadbAdapter }
export { mariadbSchemaSql }
export { type MariadbAdapterOptions }
export { type SchemaSqlOptions }
export { type ViewColumnType }
export { type ViewColumns }

export interface MariadbAdapterOptions extends MysqlFamilyOptions {
}

export declare function mariadbAdapter(options: MariadbAdapterOptions): BackendAdapter;

export declare function mariadbSchemaSql(options?: SchemaSqlOptions): string;

